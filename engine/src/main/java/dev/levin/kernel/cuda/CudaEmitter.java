package dev.levin.kernel.cuda;

import dev.levin.kernel.KernelSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Writes kernels as CUDA C++. The text depends on spec and schedule only. */
public final class CudaEmitter {
    private static final String PRELUDE = read("prelude.cuh");
    private static final String NAME = "@NAME@";

    private CudaEmitter() {
    }

    /** Types and functions that all kernels use; comes first in every source file. */
    public static String prelude() {
        return PRELUDE;
    }

    /** @param many also write the functions that run many kernels of this code in a launch */
    public static CudaCode emit(KernelSpec spec, Schedule schedule, boolean many) {
        var arguments = new Arguments(spec, schedule);
        var s = new StringBuilder("\n// ").append(spec.toString().replace("\n", "\n// ")).append("\n// ").append(schedule).append('\n');
        s.append(arguments.struct(NAME + "_args"));
        entry(s, "", new BodyWriter(spec, schedule, false).write(), schedule.threads(), many);
        if (schedule.split()) {
            entry(s, "_f", new BodyWriter(spec, schedule, true).write(), LaunchShape.FINISH_THREADS, many);
        }
        String name = spec.name() + "_" + sha256(s.toString()).substring(0, 8);
        return new CudaCode(spec, schedule, name, s.toString().replace(NAME, name), arguments);
    }

    private static void entry(StringBuilder s, String suffix, String body, int threads, boolean many) {
        s.append("DEV void ").append(NAME).append("_body").append(suffix).append("(const ").append(NAME).append("_args& a, const int block) {\n")
                .append(body).append("}\n");
        s.append("extern \"C\" __global__ void __launch_bounds__(").append(threads).append(") ").append(NAME).append(suffix)
                .append("(const __grid_constant__ ").append(NAME).append("_args a) {\n    ").append(NAME).append("_body").append(suffix)
                .append("(a, (int) blockIdx.x);\n}\n");
        if (many) {
            s.append("extern \"C\" __global__ void __launch_bounds__(").append(threads).append(") ").append(NAME).append(suffix)
                    .append(suffix.isEmpty() ? "_m" : "m").append("(const __grid_constant__ Table t) {\n    int k = member(t, (int) blockIdx.x);\n    ")
                    .append(NAME).append("_body").append(suffix).append("(((const ").append(NAME)
                    .append("_args*) t.args)[k], (int) blockIdx.x - t.first[k]);\n}\n");
        }
    }

    /** Hexadecimal digest of a text. */
    public static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String read(String name) {
        try (InputStream in = CudaEmitter.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("resource " + name + " can't be read", e);
        }
    }
}
