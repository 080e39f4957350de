"""What answers on the web: the parents' booking pages. Thin: a request in, a question to a use case, a page out."""
