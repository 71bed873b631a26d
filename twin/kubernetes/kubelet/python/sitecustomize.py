"""Loaded by a container's program of Python, as network.cjs is by one of Node: who listens on all addresses
means those of the pod."""
import os
import socket

OWN = os.environ["TWIN_POD_ADDRESS"]
ALL = ("", "0.0.0.0")


class PodSocket(socket.socket):
    def bind(self, address):
        if self.family == socket.AF_INET and address[0] in ALL:
            address = (OWN, *address[1:])
        super().bind(address)


socket.socket = PodSocket
