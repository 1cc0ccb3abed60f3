#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""jellyseerr.py -- a Jellyseerr with four titles, for jellyseerr_test.sh

usage: jellyseerr.py requests-file

Prints `port N`, and writes each request that it takes as a line of JSON.  Like
the real one, it wants a key, takes no `+` in a query and answers 409 to what
was requested before.  POST /down?on=1 makes it answer 503 until on=0.
"""

import http.server
import json
import sys
import urllib.parse

TITLES = [
    {"id": 1, "mediaType": "movie", "title": "Some Film",
     "releaseDate": "2009-01-01"},
    {"id": 2, "mediaType": "movie", "title": "Some Film",
     "releaseDate": "2019-05-01"},
    {"id": 3, "mediaType": "tv", "name": "Some Film",
     "firstAirDate": "2019-01-01"},
    {"id": 4, "mediaType": "movie", "title": "Am\u00e9lie & I",
     "releaseDate": "2001-01-01"},
    {"id": 5, "mediaType": "movie", "title": "Old Film",
     "releaseDate": "1950-01-01", "mediaInfo": {"status": 5}},
    {"id": 6, "mediaType": "person", "name": "Some Film"},
    {"id": 7, "mediaType": "movie", "title": "Some Film Again",
     "releaseDate": "2019-01-01"},
]


class Jellyseerr(http.server.BaseHTTPRequestHandler):
    down = False
    requested = []

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def may(self):
        if Jellyseerr.down:
            self.answer(503, {})
        elif self.headers.get("X-Api-Key") != "key":
            self.answer(403, {})
        else:
            return True
        return False

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if not self.may():
            return
        if url.path != "/api/v1/search" or "+" in url.query:
            self.answer(400, {})
            return
        word = query["query"][0][:2]    # accents do not matter
        self.answer(200, {"page": 1, "results": [
            t for t in TITLES
            if (t.get("title") or t["name"]).startswith(word)]})

    def do_POST(self):
        if self.path.startswith("/down?"):
            Jellyseerr.down = self.path.endswith("on=1")
            self.answer(200, {})
            return
        body = json.loads(self.rfile.read(int(
            self.headers["Content-Length"])))
        if not self.may():
            return
        if self.path != "/api/v1/request":
            self.answer(404, {})
        elif body in self.requested:
            self.answer(409, {"message": "exists"})
        else:
            self.requested.append(body)
            with open(sys.argv[1], "a", encoding="ascii") as out:
                out.write(json.dumps(body, sort_keys=True) + "\n")
            self.answer(201, {"id": len(self.requested)})

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Jellyseerr)
print("port", server.server_port, flush=True)
server.serve_forever()
