"""One module a revision, named after it. A published one is never edited."""
