"""Letters to families and staff, and the way by SMTP. The way by Gmail is in `sync.google.mail`."""
