"""The guard: strangers are refused, whatever they ask for."""

import socket

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from cartoonize.review.security import Guard, new_token

TOKEN, PORT = "a-token", 8123
HERE = f"http://127.0.0.1:{PORT}"
COOKIE = {f"cartoonize-review-{PORT}": TOKEN}


def client(cookies=COOKIE, base_url=HERE, **headers):
    app = Guard(PlainTextResponse("the films"), token=TOKEN, port=PORT)
    return TestClient(app, base_url=base_url, cookies=cookies, headers=headers, follow_redirects=False)


def test_the_token_is_exchanged_for_a_cookie_once():
    answer = client(cookies=None).get("/", params={"film": "a b", "token": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?film=a+b")
    cookie = answer.headers["set-cookie"].lower()
    assert f"cartoonize-review-{PORT}={TOKEN};" in cookie
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert TOKEN not in answer.headers["location"] and answer.text == ""


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "///evil.example/x"])
def test_the_exchange_never_leads_elsewhere(path):
    app = Guard(PlainTextResponse("?"), token=TOKEN, port=PORT)
    browser = TestClient(app, base_url=HERE, follow_redirects=False)
    request = browser.build_request("GET", f"{HERE}/x?token={TOKEN}")
    request.url = request.url.copy_with(raw_path=f"{path}?token={TOKEN}".encode())
    location = browser.send(request).headers["location"]
    assert location.startswith("/") and not location.startswith(("//", "/\\"))


def test_with_the_cookie_and_its_headers():
    answer = client().get("/anything")
    assert answer.text == "the films"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "cookies",
    [None, {f"cartoonize-review-{PORT}": "another"}, {f"cartoonize-review-{PORT}": ""}, {"token": TOKEN}],
)
def test_without_the_token(method, cookies):
    answer = client(cookies, Origin=HERE).request(method, "/")
    assert answer.status_code == 403 and "the films" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("token", ["", "a-toke", "a-token-", "A-TOKEN", "ä"])
def test_a_wrong_token_in_the_address(token):
    answer = client(cookies=None).get("/", params={"token": token})
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_a_cookie_that_cannot_be_read():
    answer = client(cookies=None, Cookie='x="\\;==,;\x07').get("/")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.1:{PORT}0",
        f"127.0.0.1.evil.example:{PORT}", f"evil.example@127.0.0.1:{PORT}", f"127.0.0.1:{PORT}/x", "",
        f"localhost.evil.example:{PORT}", "[::1", f"127.0.0.1:{PORT}:1", f"127.0.0.1:{PORT}#",
    ],
)  # fmt: skip
def test_a_host_that_this_machine_does_not_have(host):
    for path in ("/", f"/?token={TOKEN}"):
        answer = client(Host=host).get(path)
        assert answer.status_code == 400 and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}", f"{socket.gethostname()}:{PORT}"]
)
def test_hosts_that_it_has(host):
    assert client(Host=host).get("/").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_changes_something_needs_the_right_origin(method):
    assert client(Origin=HERE).request(method, "/").status_code == 200
    for origin in ("http://evil.example", f"http://localhost:{PORT}", f"https://127.0.0.1:{PORT}", "null"):
        assert client(Origin=origin).request(method, "/").status_code == 403
    assert client().request(method, "/").status_code == 403


def test_foreign_sites_read_nothing():
    """The browser may send the cookie of a site on another port of this machine."""
    for site in ("cross-site", "same-site"):
        assert client(**{"Sec-Fetch-Site": site}).get("/").status_code == 403
        assert client(None, **{"Sec-Fetch-Site": site}).get(f"/?token={TOKEN}").status_code == 403
    assert client(Origin="http://evil.example").get("/").status_code == 403
    for site in ("same-origin", "none"):
        assert client(**{"Sec-Fetch-Site": site}).get("/").status_code == 200


def test_tokens_are_long_and_different():
    assert new_token() != new_token() and len(new_token()) >= 40
