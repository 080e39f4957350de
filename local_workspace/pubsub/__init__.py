"""Pub/Sub v1 as far as push needs it: topics, push subscriptions, and the tokens that go with each message."""
