"""Runs strangers' programs in a process of their own."""

from autograd.isolation.many import isolated_many as isolated_many
from autograd.isolation.outcome import Limits as Limits
from autograd.isolation.outcome import Outcome as Outcome
from autograd.isolation.running import isolated as isolated
