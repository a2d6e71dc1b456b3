"""The Studio's door: its page over HTTP, and a WebSocket to the service. Imported only where it is asked for."""
