package dev.levin.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.kernel.cuda.CudaCode;
import dev.levin.kernel.cuda.CudaEmitter;
import dev.levin.kernel.cuda.HostCode;
import dev.levin.kernel.cuda.HostRun;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Checks every kernel that a class gives to {@link Check#check} a second time: as CUDA C++ that g++ compiles and the
 * processor runs, whole and through the table of a merged launch.
 */
final class CudaToo implements BeforeAllCallback, AfterAllCallback {
    private static final int PROCESSORS = 132;
    private static final int BATCH = 100;

    record Case(Kernel kernel, double tolerance, double[] uniforms, HostArray[] buffers) {
    }

    private static List<Case> recorded;

    static void record(Kernel k, double tolerance, double[] uniforms, HostArray[] buffers) {
        if (recorded != null) {
            recorded.add(new Case(k, tolerance, uniforms, buffers));
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        String missing = HostCode.unavailable();
        if (missing == null) {
            recorded = new ArrayList<>();
        } else {
            System.err.println("SKIPPED the CUDA half of " + context.getDisplayName() + ": " + missing);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        List<Case> cases = recorded;
        recorded = null;
        if (cases == null) {
            return;
        }
        assertTrue(!cases.isEmpty(), "no kernel was recorded");
        Map<String, CudaCode> codes = new LinkedHashMap<>();
        List<CudaCode> of = new ArrayList<>();
        for (Case c : cases) {
            if (c.kernel.outer() == 0) {
                of.add(null);
                continue;
            }
            CudaCode code = HostRun.code(c.kernel, PROCESSORS);
            codes.put(code.name(), code);
            of.add(code);
        }
        Map<String, HostCode> loaded = new LinkedHashMap<>();
        List<CudaCode> all = List.copyOf(codes.values());
        for (int from = 0; from < all.size(); from += BATCH) {
            StringBuilder source = new StringBuilder(CudaEmitter.prelude());
            List<CudaCode> part = all.subList(from, Math.min(all.size(), from + BATCH));
            part.forEach(c -> source.append(c.text()));
            HostCode host = HostCode.load(HostCode.compile(source.toString()));
            part.forEach(c -> loaded.put(c.name(), host));
        }
        for (int i = 0; i < cases.size(); i++) {
            CudaCode code = of.get(i);
            if (code != null) {
                run(cases.get(i), code, loaded.get(code.name()));
            }
        }
        System.out.println(context.getDisplayName() + ": " + cases.size() + " kernels agree as CUDA code, " + all.size() + " different texts");
    }

    private static void run(Case c, CudaCode code, HostCode host) {
        HostArray[] got;
        try {
            got = HostRun.run(host, code, c.kernel, PROCESSORS, false, c.uniforms, c.buffers);
            Check.compare(c.kernel, c.tolerance, c.uniforms, got, c.buffers);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nas CUDA code:" + code.text(), e);
        }
        HostArray[] many = HostRun.run(host, code, c.kernel, PROCESSORS, true, c.uniforms, c.buffers);
        for (int b = 0; b < got.length; b++) {
            assertArrayEquals(Check.bytes(got[b]), Check.bytes(many[b]), "a table changes buffer " + b + " of " + c.kernel);
        }
    }
}
