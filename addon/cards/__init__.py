"""Cards as JSON, pure: data and rights in, a card out. What a reader may not see is not put in."""
