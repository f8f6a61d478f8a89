package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.Matmul;
import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.dnnl.PostOps;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.plan.Causal;
import dev.levin.plan.MatrixView;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Matrix products over the views their operands are. */
final class MatmulRoutine {
    private MatmulRoutine() {
    }

    /** Batch axes that both operands can be walked by, with the strides of each. */
    private record Batched(List<Long> extents, List<Long> a, List<Long> b) {
        static Batched of(MatrixView x, MatrixView y) {
            List<Long> e = new ArrayList<>();
            List<Long> s = new ArrayList<>();
            List<Long> t = new ArrayList<>();
            int i = x.batch().length - 1;
            int j = y.batch().length - 1;
            long restX = i < 0 ? 1 : x.batch()[i];
            long restY = j < 0 ? 1 : y.batch()[j];
            long stepX = i < 0 ? 0 : x.strides()[i];
            long stepY = j < 0 ? 0 : y.strides()[j];
            while (i >= 0 && j >= 0) {
                long n = gcd(restX, restY);
                if (n == 1 && restX > 1 && restY > 1) {
                    return null;
                }
                n = restX == 1 || restY == 1 ? 1 : n;
                if (n > 1) {
                    e.addFirst(n);
                    s.addFirst(stepX);
                    t.addFirst(stepY);
                }
                restX /= n;
                restY /= n;
                stepX *= n;
                stepY *= n;
                if (restX == 1 && --i >= 0) {
                    restX = x.batch()[i];
                    stepX = x.strides()[i];
                }
                if (restY == 1 && --j >= 0) {
                    restY = y.batch()[j];
                    stepY = y.strides()[j];
                }
            }
            return new Batched(e, s, t);
        }

        private static long gcd(long a, long b) {
            return b == 0 ? a : gcd(b, a % b);
        }
    }

    /** Null where nothing takes it. */
    static Routine of(Products products, Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        if (main.shape().numel() == 0 || program.instr(main.inputs()[0]).shape().dim(2) == 0) {
            return null;
        }
        MatrixView a = MatrixView.of(program, main.inputs()[0]);
        MatrixView b = MatrixView.of(program, main.inputs()[1]);
        Batched batch = Batched.of(a, b);
        if (batch == null) {
            return null;
        }
        long m = main.shape().dim(1);
        long n = main.shape().dim(2);
        long k = program.instr(main.inputs()[0]).shape().dim(2);
        int bytes = main.dtype().bytes();
        long offsetA = a.offset() * bytes;
        long offsetB = b.offset() * bytes;
        DType t = main.dtype();
        PostOps post = new PostOps(call.addend() >= 0, call.activation() == Call.Activation.RELU
                ? PostOps.Activation.RELU : PostOps.Activation.NONE);
        boolean bias = call.bias() >= 0;
        var spec = new MatmulSpec(t, t, batch.extents, m, n, k, with(batch.a, a), with(batch.b, b),
                dense(batch.extents, m, n), bias ? t : null, post);
        var part = triangle(products, program, call, spec, offsetA, offsetB);
        if (part.isPresent()) {
            return part.get();
        }
        var machine = products.machine(spec);
        if (machine.isPresent()) {
            return new MachineProduct(machine.get(), spec, b.source(), offsetA, offsetB);
        }
        // oneDNN 3.11 reads the second operand with a wrong stride where k = 1 and matrices are not side by side.
        var library = k == 1 && !batch.extents.isEmpty() ? Optional.<Matmul>empty() : products.library(spec);
        if (library.isPresent()) {
            return (x, y) -> library.get().run(x[0] + offsetA, x[1] + offsetB, bias ? x[2] : 0, y);
        }
        return products.java(spec).<Routine>map(g -> (x, y) -> g.run(x[0] + offsetA, x[1] + offsetB, bias ? x[2] : 0, y)).orElse(null);
    }

    /** The product in stripes, where the first operand is a triangle. */
    private static Optional<Routine> triangle(Products products, Program program, Call call, MatmulSpec spec, long offsetA, long offsetB) {
        boolean suits = TriangularProduct.suits(spec) && !call.hasEpilogue();
        Causal.Zeros zeros = suits ? Causal.zeros(program, program.instr(call.main()).inputs()[0]) : Causal.Zeros.NONE;
        return zeros == Causal.Zeros.NONE ? Optional.empty() : TriangularProduct.of(products, spec, zeros, offsetA, offsetB);
    }

    private static List<Long> with(List<Long> batch, MatrixView v) {
        List<Long> all = new ArrayList<>(batch);
        int n = v.strides().length;
        all.add(v.strides()[n - 2]);
        all.add(v.strides()[n - 1]);
        return all;
    }

    private static List<Long> dense(List<Long> batch, long m, long n) {
        List<Long> s = new ArrayList<>(List.of(n, 1L));
        long step = m * n;
        for (int i = batch.size() - 1; i >= 0; i--) {
            s.addFirst(step);
            step *= batch.get(i);
        }
        return s;
    }
}
