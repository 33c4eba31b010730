"""What network a graph is: units, layers, samples, activations. The only place that finds neurons in a graph."""

from autograd.network.units import Activation as Activation
from autograd.network.units import Network as Network
from autograd.network.units import Unit as Unit
from autograd.network.units import find_network as find_network
from autograd.network.units import topological_order_above as topological_order_above
