"""Connections below the wires: addresses, sockets, TLS, proxies, each stamped as it happens."""
