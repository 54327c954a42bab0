"""`api.network`: the route of every call, from the workspace file and the one variable that it may name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.api.route import Route, ignored
from reconciler.errors import Finding, Invalid
from reconciler.manifest.backend import Variable
from reconciler.manifest.paths import refusal
from reconciler.manifest.workspace import NetworkSettings, proxy_trouble


def route(root: Path, network: NetworkSettings, environment: Mapping[str, str]) -> Route:
    """Raises Invalid when the variable that names the proxy is not there, or holds no URL."""
    proxy = network.proxy.env if isinstance(network.proxy, Variable) else None
    url = environment.get(proxy, "").strip() if proxy else network.proxy
    if proxy:
        trouble = proxy_trouble(str(url)) if url else "it is not set"
        if trouble:
            message = f"`api.network.proxy` names the variable {proxy}: {trouble}"
            hint = f"set {proxy} to the proxy's URL, such as http://127.0.0.1:3128, or take the key out"
            raise Invalid(Finding("R212", message, hint=hint))
    bundle = str(root / network.ca_bundle) if network.ca_bundle else None
    return Route(bundle, str(url) if url else None, ignored(environment))


def bundle_trouble(root: Path, name: str) -> str | None:
    """Why servers cannot be verified against this file, or None."""
    import ssl

    path = root / name
    try:
        if why := refusal(root, name):
            return f"{name} {why}"
        with path.open("rb"):
            pass
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return f"{name} holds no certificates in PEM form"
    except OSError as error:
        return f"cannot read {name}: {error.strerror}"
    return None
