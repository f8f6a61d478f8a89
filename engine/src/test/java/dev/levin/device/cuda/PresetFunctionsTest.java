package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.cuda.bind.CudaDevices;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The presets are made for CUDA 13.1 and bind what CUDA 13.0 lacks. Calling that there ends the process without an
 * exception, so nothing may.
 */
class PresetFunctionsTest {
    private static final Pattern LATER_THAN_13_0 = Pattern.compile("cuDevSmResourceSplit|cu(da)?(Func|Kernel)GetParamCount"
            + "|cu(da)?Graph(ExecGetId|GetId|NodeGetContainingGraph|NodeGetLocalId|NodeGetToolsId|NodeGetParams)|cuMulticastBind(Addr|Mem)_v2"
            + "|cu(da)?StreamGetDevResource|cuStream(BeginCaptureToCig|EndCaptureToCig|BeginRecaptureToGraph)|cu(da)?LaunchHostFunc_v2|cuLogicalEndpoint\\w*"
            + "|cu(da)?Memcpy(3D)?WithAttributesAsync|cudaDevResourceGenerateDesc|cudaDevSmResourceSplit(ByCount)?|cudaDeviceGet(DevResource|ExecutionCtx)"
            + "|cudaExecutionCtx\\w*|cudaGraphConditionalHandleCreate_v2|cudaGreenCtxCreate|cudaStreamBeginRecaptureToGraph|cublasLtGroupedMatrixLayout\\w*"
            + "|cublasLtMatmulAlgo(CheckForStream|GetHeuristicForStream)|nvrtc(GetTileIR(Size)?|GetBundledHeadersInfo|InstallBundledHeaders|RemoveBundledHeaders)"
            // structs whose size differs
            + "|cublasLtMatrixLayoutInit|cublasLtMatmulPreferenceInit");

    private static Set<String> used() throws Exception {
        Path root = Path.of(CudaDevices.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Set<String> names = new TreeSet<>();
        try (var files = Files.walk(root)) {
            for (Path p : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                collect(p, names);
            }
        }
        return names;
    }

    private static void collect(Path file, Set<String> names) throws IOException {
        ClassModel c = ClassFile.of().parse(file);
        for (PoolEntry e : c.constantPool()) {
            if (e instanceof MemberRefEntry m && m.owner().asInternalName().startsWith("org/bytedeco/cuda/")) {
                assertTrue(c.thisClass().asInternalName().startsWith("dev/levin/device/cuda/bind/"), () -> c.thisClass().asInternalName() + " names the presets");
                if (m.owner().asInternalName().startsWith("org/bytedeco/cuda/global/")) {
                    names.add(m.name().stringValue());
                }
            }
        }
    }

    @Test
    void nothingIsCalledThatCuda130Lacks() throws Exception {
        Set<String> all = used();
        assertTrue(all.contains("cuLaunchKernel") && all.contains("cublasLtMatmul") && all.contains("cudnnConvolutionForward"), () -> all.toString());
        Set<String> later = new TreeSet<>(all);
        later.removeIf(n -> !LATER_THAN_13_0.matcher(n).matches());
        assertEquals(Set.of(), later);
    }
}
