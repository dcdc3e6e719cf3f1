"""Thin callbacks: validate what the browser sent, call a service, return components."""
