"""Workspace add-ons on the HTTP runtime: deployments, the events they are sent, and the cards that they answer."""
