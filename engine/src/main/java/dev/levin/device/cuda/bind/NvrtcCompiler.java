package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.nvrtc.*;

import dev.levin.device.cuda.driver.KernelCompiler;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;

/** NVRTC: CUDA C++ to machine code of one GPU. Needs no header files. */
public final class NvrtcCompiler implements KernelCompiler {
    /** Products are not contracted: fused and unfused kernels give the same bits. */
    private static final String[] OPTIONS = {"--std=c++17", "-default-device", "--fmad=false", "-w"};

    private final String version;

    public NvrtcCompiler() {
        int[] major = new int[1];
        int[] minor = new int[1];
        Status.nvrtc(nvrtcVersion(major, minor), "nvrtcVersion");
        version = "nvrtc " + major[0] + "." + minor[0] + " " + String.join(" ", OPTIONS);
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public byte[] compile(String source, int capability) {
        try (PointerScope _ = new PointerScope()) {
            _nvrtcProgram program = new _nvrtcProgram();
            Status.nvrtc(nvrtcCreateProgram(program, new BytePointer(source), new BytePointer("levin.cu"), 0, (PointerPointer<?>) null,
                    (PointerPointer<?>) null), "nvrtcCreateProgram");
            try {
                String[] all = new String[OPTIONS.length + 1];
                all[0] = "--gpu-architecture=sm_" + capability;
                System.arraycopy(OPTIONS, 0, all, 1, OPTIONS.length);
                int r = nvrtcCompileProgram(program, all.length, new PointerPointer<BytePointer>(all));
                if (r != 0) {
                    throw new IllegalStateException("NVRTC can't compile for sm_" + capability + ":\n" + log(program) + "\n" + numbered(source));
                }
                SizeTPointer size = new SizeTPointer(1);
                Status.nvrtc(nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
                byte[] image = new byte[Math.toIntExact(size.get())];
                Status.nvrtc(nvrtcGetCUBIN(program, image), "nvrtcGetCUBIN");
                return image;
            } finally {
                nvrtcDestroyProgram(program);
            }
        }
    }

    private static String log(_nvrtcProgram program) {
        SizeTPointer size = new SizeTPointer(1);
        if (nvrtcGetProgramLogSize(program, size) != 0) {
            return "(no log)";
        }
        byte[] text = new byte[Math.toIntExact(size.get())];
        return nvrtcGetProgramLog(program, text) == 0 ? new String(text, java.nio.charset.StandardCharsets.UTF_8).trim() : "(no log)";
    }

    private static String numbered(String source) {
        StringBuilder s = new StringBuilder();
        String[] lines = source.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            s.append(String.format("%5d %s%n", i + 1, lines[i]));
        }
        return s.toString();
    }
}
