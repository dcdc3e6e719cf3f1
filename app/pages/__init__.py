"""One module a page: what is on it. Pages that do not work yet are not here."""
