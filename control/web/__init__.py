"""The service over HTTP: pages, REST API, WebSockets, and who may use them."""
