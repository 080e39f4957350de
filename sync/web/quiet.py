"""Keeps links out of what libraries log: their lines quote the path, and the path is the key to a booking."""

from __future__ import annotations

import logging

from sync.log import no_names, where

_LIBRARIES = ("waitress", "waitress.queue", "werkzeug", "flask.app", "gunicorn.access", "gunicorn.error")


class NoWords(logging.Filter):
    """Rewrites a library's record: names, addresses and links hidden, an exception told by kind and place alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass, cleaned."""
        no_names.filter(record)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg = f"{record.msg}\n{no_names.clean(where(error))}"
        record.exc_info = record.exc_text = None
        return True


_NO_WORDS = NoWords()


def quieten() -> None:
    """Sets the filter on the loggers of the servers that may carry us; doing it again changes nothing."""
    for name in _LIBRARIES:
        logging.getLogger(name).addFilter(_NO_WORDS)
