"""Metrics tell how much is going on: they are for whoever has the token, or is on this machine."""

from pathlib import Path

import httpx2
import pytest

from tests.support.office import Office, serving, settings_for

TOKEN = "a-token-of-prometheus"


@pytest.mark.parametrize(
    "through_proxy",
    [{}, {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"Via": "1.1 edge"}],
)
def test_without_a_token_only_this_machine_may_ask(office: Office, through_proxy: dict[str, str]) -> None:
    answer = office.client().get("/metrics", headers=through_proxy)
    if not through_proxy:
        assert answer.status_code == 200
        assert "balcao_http_seconds" in answer.text
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "metrics_token_required")
        assert "balcao_" not in answer.text
        assert office.login("davi").get("/metrics", headers=through_proxy).status_code == 401


@pytest.mark.parametrize("address", ["203.0.113.9", "127.0.0.1"])
def test_what_a_proxy_of_ours_brings_is_not_of_this_machine(
    office: Office, tmp_path: Path, address: str
) -> None:
    with serving(settings_for(office.cell.url, tmp_path, trusted_proxies=("127.0.0.1",))) as url:
        assert httpx2.get(f"{url}/metrics", headers={"X-Forwarded-For": address}).status_code == 401
        assert httpx2.get(f"{url}/metrics").status_code == 200


def test_with_a_token_nobody_else_may_ask(office: Office, tmp_path: Path) -> None:
    with serving(settings_for(office.cell.url, tmp_path, metrics_token=TOKEN)) as url:
        for given in ("", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}"):
            answer = httpx2.get(f"{url}/metrics", headers={"Authorization": given})
            assert (answer.status_code, answer.json()["code"]) == (401, "metrics_token_required"), given
        through_proxy = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.9"}
        assert httpx2.get(f"{url}/metrics", headers=through_proxy).status_code == 200
