"""The wire: requests, answers, error bodies, field masks, discovery schemas, weather and the server."""
