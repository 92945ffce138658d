"""Pages behind links in mails."""
