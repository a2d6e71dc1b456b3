"""Steps of the optimisers."""

import pytest
import torch
from torch import nn

from leap_models.errors import BadParameter
from leap_models.training import optimizers


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(5, 8), nn.Linear(8, 4), nn.Linear(4, 2))


def taught(net: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        net(torch.tensor([1, 2])).square().sum().backward()
        optimizer.step()


def test_all_directions_of_a_levelled_matrix_are_about_equally_long():
    torch.manual_seed(0)
    uneven = torch.randn(6, 3) @ torch.diag(torch.tensor([1.0, 0.1, 0.01])) @ torch.randn(3, 9)
    found = torch.linalg.svdvals(optimizers.levelled(uneven))[:3]
    assert 0.5 < float(found.min()) <= float(found.max()) < 1.4


@pytest.mark.parametrize("shape", [(12, 5), (5, 12), (6, 3, 2, 2)])
def test_a_step_of_muon_is_as_long_as_one_of_adamw(shape: tuple[int, ...]):
    torch.manual_seed(0)
    value = nn.Parameter(torch.zeros(shape))
    value.grad = torch.randn(shape)
    optimizers.Muon([value], lr=0.1, weight_decay=0.0).step()
    assert float(value.detach().square().mean().sqrt()) == pytest.approx(0.1 * optimizers.LIKE_ADAMW, rel=0.4)


def test_what_had_no_gradient_stays():
    net = network()
    still = nn.Linear(3, 3)
    optimizer = optimizers.build("muon", nn.ModuleList([net, still]), 0.1, (0.9, 0.99), 0.5)
    before = still.weight.detach().clone()
    taught(net, optimizer, 2)
    assert torch.equal(still.weight, before)


def test_every_parameter_is_taught_once():
    net = network()
    optimizer = optimizers.build("muon", net, 0.1, (0.9, 0.99), 0.0)
    found = [id(value) for group in optimizer.param_groups for value in group["params"]]
    assert sorted(found) == sorted(id(value) for value in net.parameters())


@pytest.mark.parametrize("name", optimizers.NAMES)
def test_a_run_that_goes_on_is_the_run_that_never_stopped(name: str):
    one, other = network(), network()
    whole = optimizers.build(name, one, 0.01, (0.9, 0.99), 0.01)
    taught(one, whole, 4)
    first = optimizers.build(name, other, 0.01, (0.9, 0.99), 0.01)
    taught(other, first, 2)
    again = optimizers.build(name, other, 0.01, (0.9, 0.99), 0.01)
    again.load_state_dict(first.state_dict())
    taught(other, again, 2)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_an_unknown_optimiser_is_refused():
    with pytest.raises(BadParameter, match=r"^loop\.optimizer must be one of adamw, muon, got sgd$"):
        optimizers.build("sgd", network(), 0.1, (0.9, 0.99), 0.0)
