"""What network a graph is: units, layers, samples, activations, loss. The only place that finds neurons in a graph."""

from autograd.network.finding import find_network as find_network
from autograd.network.finding import network_of as network_of
from autograd.network.models import network_of_model as network_of_model
from autograd.network.network import Network as Network
from autograd.network.output_delta import Head as Head
from autograd.network.units import Activation as Activation
from autograd.network.units import Unit as Unit
from autograd.network.units import topological_order_above as topological_order_above
from autograd.network.weighted_sums import may_be_target as may_be_target
