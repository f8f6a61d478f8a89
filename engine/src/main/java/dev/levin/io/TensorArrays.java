package dev.levin.io;

import dev.levin.graph.Node;
import dev.levin.tensor.Tensor;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Between tensors and arrays in files, without copying where the elements are on the host. */
final class TensorArrays {
    private TensorArrays() {
    }

    static Tensor tensor(ArrayData array) {
        return Tensor.of(array.data(), array.shape());
    }

    static Map<String, Tensor> tensors(Map<String, ArrayData> arrays) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        arrays.forEach((name, array) -> tensors.put(name, tensor(array)));
        return tensors;
    }

    static ArrayData array(Tensor tensor) {
        return new ArrayData(tensor.shape(), tensor.toHost());
    }

    /** Names that stand for the same state get the same array, so that a writer can tell. */
    static Map<String, ArrayData> arrays(Map<String, ? extends Tensor> tensors) {
        Map<Node, ArrayData> known = new IdentityHashMap<>();
        Map<String, ArrayData> arrays = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> arrays.put(name, known.computeIfAbsent(tensor.node(), n -> array(tensor))));
        return arrays;
    }
}
