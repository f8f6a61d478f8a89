package dev.levin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;

import dev.levin.io.onnx.GraphProto;
import dev.levin.io.onnx.ModelProto;
import dev.levin.io.onnx.OperatorSetIdProto;
import dev.levin.io.onnx.TensorProto;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class OnnxTensorsTest {
    @TempDir
    Path dir;

    @Test
    void weightsAreThoseOfTheOtherFormats() throws IOException {
        var want = Safetensors.read(Fixtures.file("mlp.safetensors"));
        want.remove("bn1.num_batches_tracked");
        assertEquals(want, OnnxTensors.read(Fixtures.file("mlp.onnx")));
    }

    private Path write(TensorProto.Builder tensor) throws IOException {
        var model = ModelProto.newBuilder().setIrVersion(8).addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(GraphProto.newBuilder().addInitializer(tensor.setName("w")));
        return Files.write(dir.resolve("a.onnx"), model.build().toByteArray());
    }

    private static TensorProto.Builder tensor(TensorProto.DataType type, long... dims) {
        var t = TensorProto.newBuilder().setDataType(type.getNumber());
        for (long d : dims) {
            t.addDims(d);
        }
        return t;
    }

    @Test
    void listsOfNumbersReadLikeRawBytes() throws IOException {
        assertEquals(Map.of("w", Fixtures.floats(new int[] {2}, 1, 2)),
                OnnxTensors.read(write(tensor(TensorProto.DataType.FLOAT, 2).addFloatData(1).addFloatData(2))));
        assertEquals(Map.of("w", new ArrayData(Shape.of(1), HostArray.wrap(DType.F16, new short[] {0x3c00}))),
                OnnxTensors.read(write(tensor(TensorProto.DataType.FLOAT16, 1).addInt32Data(0x3c00))));
        assertEquals(Map.of("w", new ArrayData(Shape.of(), HostArray.wrap(DType.U8, new byte[] {-1}))),
                OnnxTensors.read(write(tensor(TensorProto.DataType.UINT8).addInt32Data(255))));
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheReason() throws IOException {
        var cases = Map.of(
                "needs 8 bytes, has 4", tensor(TensorProto.DataType.FLOAT, 2).addFloatData(1),
                "needs 4 bytes, has 3", tensor(TensorProto.DataType.FLOAT, 1).setRawData(ByteString.copyFrom(new byte[3])),
                "unsupported type STRING", tensor(TensorProto.DataType.STRING),
                "another file", tensor(TensorProto.DataType.FLOAT).setDataLocation(TensorProto.DataLocation.EXTERNAL),
                "negative extent", tensor(TensorProto.DataType.FLOAT, -1),
                "64 bits", tensor(TensorProto.DataType.FLOAT, 1L << 40, 1L << 40));
        for (var c : cases.entrySet()) {
            Path file = write(c.getValue());
            var e = assertThrows(FormatException.class, () -> OnnxTensors.read(file), c.getKey());
            assertTrue(e.reason().contains(c.getKey()), e.getMessage());
        }
        for (byte[] bytes : List.of(new byte[0], new byte[] {8, 8, 0x12, -1, -1, -1, -1, 15})) {
            Path file = Files.write(dir.resolve("a.onnx"), bytes);
            assertTrue(assertThrows(FormatException.class, () -> OnnxTensors.read(file)).reason()
                    .contains("not an ONNX model"));
        }
    }

    @Property(tries = 1000)
    void mutatedFilesAreReadOrRefusedCheaply(@ForAll long seed) throws IOException {
        Path file = Files.createTempFile("levin", ".onnx");
        try {
            Mutations.check(Fixtures.bytes(Fixtures.file("lstm.onnx")), seed, file, OnnxTensors::read);
        } finally {
            Files.delete(file);
        }
    }
}
