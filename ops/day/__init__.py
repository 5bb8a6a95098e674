"""A sample trading day over HTTP, and the checks of its books. Python 3 standard library only."""
