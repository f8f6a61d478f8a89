package dev.levin.loggers.tensorboard;

import com.google.protobuf.ByteString;
import dev.levin.loggers.tensorboard.proto.AttrValue;
import dev.levin.loggers.tensorboard.proto.DataType;
import dev.levin.loggers.tensorboard.proto.GraphDef;
import dev.levin.loggers.tensorboard.proto.NodeDef;
import dev.levin.loggers.tensorboard.proto.TensorShapeProto;
import dev.levin.loggers.tensorboard.proto.VersionDef;
import dev.levin.trainer.GraphDescription;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** A graph as the graphs tab reads it. */
final class Graphs {
    private Graphs() {}

    static GraphDef toProto(GraphDescription graph) {
        var def = GraphDef.newBuilder().setVersions(VersionDef.newBuilder().setProducer(22));
        for (GraphDescription.Node node : graph.nodes()) {
            var n = NodeDef.newBuilder().setName(node.name()).setOp(node.op()).addAllInput(node.inputs());
            node.shape().ifPresent(s -> n.putAttr("_output_shapes", AttrValue.newBuilder()
                    .setList(AttrValue.ListValue.newBuilder().addShape(shape(s))).build()));
            node.dtype().ifPresent(t -> n.putAttr("dtype", AttrValue.newBuilder().setType(type(t)).build()));
            node.attributes().forEach((key, value) ->
                    n.putAttr(key, AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build()));
            def.addNode(n);
        }
        return def.build();
    }

    static TensorShapeProto shape(Shape shape) {
        var proto = TensorShapeProto.newBuilder();
        for (int d : shape.dims()) {
            proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(d));
        }
        return proto.build();
    }

    private static DataType type(DType dtype) {
        return switch (dtype) {
            case BOOL -> DataType.DT_BOOL;
            case U8 -> DataType.DT_UINT8;
            case I8 -> DataType.DT_INT8;
            case I16 -> DataType.DT_INT16;
            case I32 -> DataType.DT_INT32;
            case I64 -> DataType.DT_INT64;
            case F16 -> DataType.DT_HALF;
            case BF16 -> DataType.DT_BFLOAT16;
            case F32 -> DataType.DT_FLOAT;
            case F64 -> DataType.DT_DOUBLE;
        };
    }
}
