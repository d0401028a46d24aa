"""One PMTiles archive by HTTP Range, from this machine: the browser reads the few kilobytes that its view needs.

Streamlit's own static folder refuses files above 200 MB and links that lead out of it, and switches itself off above
1 GB in all. So the archive stays where it is, and a small server beside the app reads from it.
"""

from __future__ import annotations

import secrets
import socket
import threading
from functools import cache
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from geo.errors import BadBaseMap


class Served(NamedTuple):
    """Where an archive is read: the port on the app's own host, and the path."""

    port: int
    path: str


@cache
def serve(file: Path, address: str | None = "localhost", port: int = 0) -> Served:
    """Serve `file`, and nothing else, until this program ends; return where. Asked again, it is the same server.

    `address`: the one the app listens at, None for all of this machine's. `port`: 0 for any that is free. The path
    holds a secret, so that no other page in the same browser can guess it. Raises BadBaseMap where it cannot be served.
    """
    path = f"/{secrets.token_urlsafe(12)}/basemap.pmtiles"

    async def archive(_: Request) -> Response:
        return FileResponse(file, media_type="application/octet-stream")  # answers Range, and says 404 when it is gone

    app = Starlette(
        routes=[Route(path, archive, methods=["GET"])],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],  # another port is another origin
                allow_headers=["Range"],
                expose_headers=["ETag", "Content-Range"],
            )
        ],
    )
    try:
        listening = socket.create_server((address or "", port))
    except OSError as error:
        raise BadBaseMap(
            "The base map cannot be served on port {port} ({fault}). Write another port under [basemap].",
            port=port,
            fault=error.strerror or error,
        ) from error
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", ws="none"))
    threading.Thread(target=server.run, args=([listening],), name="base map", daemon=True).start()
    return Served(listening.getsockname()[1], path)
