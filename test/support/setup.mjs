// Loaded first as ES module: the operator base class requires it, and a cycle of require and import is refused by Node.
import '@kubernetes/client-node';
