package dev.levin.io;

import com.google.protobuf.InvalidProtocolBufferException;

import dev.levin.io.onnx.ModelProto;
import dev.levin.io.onnx.TensorProto;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Weights inside ONNX models, as arrays. */
public final class OnnxTensors {
    private OnnxTensors() {
    }

    /**
     * Reads the initializers of a model: its weights, by name. Exporters keep a parameter's name unless they folded or
     * rearranged it.
     *
     * @throws FormatException if the file is no ONNX model, or a weight lies in another file or has a type Levin has not
     */
    public static Map<String, ArrayData> read(Path file) throws IOException {
        Map<String, ArrayData> arrays = new LinkedHashMap<>();
        for (TensorProto t : model(file).getGraph().getInitializerList()) {
            if (arrays.put(t.getName(), array(file, t)) != null) {
                throw new FormatException(file, "has two initializers named '" + t.getName() + "'");
            }
        }
        return arrays;
    }

    /** Parses a model and checks that it has what every model must have. */
    static ModelProto model(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "there is no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file, "is not a regular file");
        }
        if (Files.size(file) > Integer.MAX_VALUE - 8) {
            throw new FormatException(file, "is not an ONNX model: it has " + Files.size(file) + " bytes, and one protobuf message holds 2 GiB");
        }
        ModelProto model;
        try {
            model = ModelProto.parseFrom(Files.readAllBytes(file));
        } catch (InvalidProtocolBufferException e) {
            throw new FormatException(file, "is not an ONNX model: malformed protobuf, " + e.getMessage(), e);
        }
        if (!model.hasIrVersion() || !model.hasGraph() || model.getOpsetImportCount() == 0) {
            throw new FormatException(file, "is not an ONNX model: it lacks "
                    + (!model.hasIrVersion() ? "its version" : !model.hasGraph() ? "a graph" : "the operator set it uses"));
        }
        return model;
    }

    private static ArrayData array(Path file, TensorProto t) throws FormatException {
        String what = "initializer '" + t.getName() + "'";
        if (t.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            throw new FormatException(file, what + " lies in another file, which is not supported; save the model in one");
        }
        DType dtype = dtype(t.getDataType());
        if (dtype == null) {
            throw new FormatException(file, what + " has the unsupported type "
                    + (TensorProto.DataType.forNumber(t.getDataType()) instanceof TensorProto.DataType d ? d
                    : "number " + t.getDataType()));
        }
        long want = Shapes.bytes(file, what, dtype, t.getDimsList());
        long have = t.hasRawData() ? t.getRawData().size() : (long) listed(t, dtype) * dtype.bytes();
        if (want != have) {
            throw new FormatException(file, what + " of type " + dtype + " and shape " + t.getDimsList() + " needs " + want
                    + " bytes, has " + have);
        }
        Shape shape = Shapes.shape(file, what, t.getDimsList());
        HostArray data = HostArray.allocate(dtype, shape.numel());
        if (t.hasRawData()) {
            ElementBytes.read(MemorySegment.ofBuffer(t.getRawData().asReadOnlyByteBuffer()), ByteOrder.LITTLE_ENDIAN, data, 0,
                    data.length());
        } else {
            copyList(t, data);
        }
        return new ArrayData(shape, data);
    }

    private static int listed(TensorProto t, DType dtype) {
        return switch (dtype) {
            case F32 -> t.getFloatDataCount();
            case F64 -> t.getDoubleDataCount();
            case I64 -> t.getInt64DataCount();
            default -> t.getInt32DataCount();
        };
    }

    private static void copyList(TensorProto t, HostArray data) {
        for (int i = 0; i < data.length(); i++) {
            switch (data.dtype()) {
                case F32 -> data.setDouble(i, t.getFloatData(i));
                case F64 -> data.setDouble(i, t.getDoubleData(i));
                case I64 -> data.setLong(i, t.getInt64Data(i));
                case F16, BF16 -> ((short[]) data.array())[i] = (short) t.getInt32Data(i);
                default -> data.setLong(i, t.getInt32Data(i));
            }
        }
    }

    /** The element type of a number in the file, or null if Levin has none such. */
    static DType dtype(int number) {
        return switch (TensorProto.DataType.forNumber(number)) {
            case FLOAT -> DType.F32;
            case DOUBLE -> DType.F64;
            case FLOAT16 -> DType.F16;
            case BFLOAT16 -> DType.BF16;
            case INT64 -> DType.I64;
            case INT32 -> DType.I32;
            case INT16 -> DType.I16;
            case INT8 -> DType.I8;
            case UINT8 -> DType.U8;
            case BOOL -> DType.BOOL;
            case null, default -> null;
        };
    }
}
