package dev.levin.device.cuda;

import dev.levin.device.cuda.libraries.Collectives;
import dev.levin.device.cuda.libraries.ConvolutionSpec;
import dev.levin.device.cuda.libraries.DeviceLibraries;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.device.cuda.libraries.MatmulSpec;
import dev.levin.device.cuda.memory.HostMemory;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.reference.Evaluator;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;

/** cuBLASLt and cuDNN as the interpreter would do them, on the stream they are given. Counts open handles. */
final class HostLibraries implements DeviceLibraries {
    private final HostDriver driver;
    int open;
    int calls;
    /** Products are one too large. */
    boolean wrong;

    HostLibraries(HostDriver driver) {
        this.driver = driver;
    }

    private interface Work {
        void run(long[] operands, long result);
    }

    private LibraryCall call(long workspace, Work work) {
        open++;
        return new LibraryCall() {
            private boolean closed;

            @Override
            public long workspaceBytes() {
                return workspace;
            }

            @Override
            public void run(long[] operands, long result, long scratch, long stream) {
                if (closed) {
                    throw new AssertionError("a closed library call runs");
                }
                if (scratch % 256 != 0) {
                    throw new AssertionError("the workspace is not aligned");
                }
                long[] copy = operands.clone();
                calls++;
                driver.enqueue(stream, () -> {
                    HostMemory.ALL.asSlice(scratch, workspace).fill((byte) 0xff);
                    work.run(copy, result);
                });
            }

            @Override
            public void close() {
                if (closed) {
                    throw new AssertionError("a library call is closed twice");
                }
                closed = true;
                open--;
            }
        };
    }

    static HostArray read(long address, DType type, long n) {
        return HostArray.allocate(type, n).copyFrom(HostMemory.ALL.asSlice(address, n * type.bytes()));
    }

    static void write(HostArray h, long address) {
        HostMemory.ALL.asSlice(address, h.bytes()).copyFrom(h.segment());
    }

    @Override
    public LibraryCall matmul(MatmulSpec s) {
        boolean plain = (s.rowA() == 1 || s.columnA() == 1) && (s.rowB() == 1 || s.columnB() == 1);
        if (!plain) {
            return null;
        }
        return call(1024, (x, y) -> {
            long spanA = (s.batches() - 1) * s.batchA() + (s.m() - 1) * s.rowA() + (s.k() - 1) * s.columnA() + 1;
            long spanB = (s.batches() - 1) * s.batchB() + (s.k() - 1) * s.rowB() + (s.n() - 1) * s.columnB() + 1;
            HostArray a = read(x[0], s.type(), spanA);
            HostArray b = read(x[1], s.type(), spanB);
            HostArray bias = s.bias() ? read(x[2], s.type(), s.n()) : null;
            HostArray c = HostArray.allocate(s.type(), s.batches() * s.m() * s.n());
            int at = 0;
            for (long p = 0; p < s.batches(); p++) {
                for (long i = 0; i < s.m(); i++) {
                    for (long j = 0; j < s.n(); j++) {
                        double sum = 0;
                        for (long k = 0; k < s.k(); k++) {
                            sum += a.getDouble((int) (p * s.batchA() + i * s.rowA() + k * s.columnA()))
                                    * b.getDouble((int) (p * s.batchB() + k * s.rowB() + j * s.columnB()));
                        }
                        c.setDouble(at++, sum + (wrong ? 1 : 0) + (bias == null ? 0 : bias.getDouble((int) j)));
                    }
                }
            }
            write(c, y);
        });
    }

    @Override
    public LibraryCall convolution(ConvolutionSpec s) {
        if (s.in().size() > 2) {
            return null;
        }
        int[] x = shape(s.n(), s.c(), s.in());
        int[] w = shape(s.o(), s.c() / s.groups(), s.kernel());
        int[] y = shape(s.n(), s.o(), s.out());
        int[] before = ints(s.before());
        ConvAttr attr = new ConvAttr(ints(s.stride()), before, before, ints(s.dilation()), s.groups());
        Op op = switch (s.direction()) {
            case FORWARD -> Op.CONV;
            case DATA -> Op.CONV_DGRAD;
            case WEIGHTS -> Op.CONV_WGRAD;
        };
        Shape p = Shape.of(s.direction() == ConvolutionSpec.Direction.DATA ? y : x);
        Shape q = Shape.of(s.direction() == ConvolutionSpec.Direction.WEIGHTS ? y : w);
        Shape r = Shape.of(s.direction() == ConvolutionSpec.Direction.FORWARD ? y : s.direction() == ConvolutionSpec.Direction.DATA ? x : w);
        Program.Instr in = new Program.Instr(op, attr.words(), s.type(), r, new int[] {0, 1}, "", null);
        return call(4096, (v, to) -> {
            HostArray a = read(v[0], s.type(), p.numel());
            HostArray b = read(v[1], s.type(), q.numel());
            if (s.channelsLast()) {
                write(turned(Evaluator.eval(in, new HostArray[] {turned(a, p, false), turned(b, q, false)}, new Shape[] {p, q}), r, true), to);
            } else {
                write(Evaluator.eval(in, new HostArray[] {a, b}, new Shape[] {p, q}), to);
            }
        });
    }

    /** [N, C, S...] with its channels last in memory, or back. */
    private static HostArray turned(HostArray h, Shape s, boolean last) {
        HostArray out = HostArray.allocate(h.dtype(), h.length());
        int c = s.dim(1);
        int pixels = (int) (s.numel() / s.dim(0) / c);
        for (int i = 0; i < h.length(); i++) {
            int pixel = i % pixels;
            int moved = i / pixels / c * c * pixels + pixel * c + i / pixels % c;
            out.setDouble(last ? moved : i, h.getDouble(last ? i : moved));
        }
        return out;
    }

    @Override
    public byte[] newGroup() {
        return DeviceLibraries.NONE.newGroup();
    }

    @Override
    public Collectives group(byte[] id, int rank, int size) {
        return DeviceLibraries.NONE.group(id, rank, size);
    }

    @Override
    public boolean prefersChannelsLast() {
        return true;
    }

    private static int[] shape(int a, int b, List<Integer> rest) {
        int[] s = new int[2 + rest.size()];
        s[0] = a;
        s[1] = b;
        for (int i = 0; i < rest.size(); i++) {
            s[2 + i] = rest.get(i);
        }
        return s;
    }

    private static int[] ints(List<Integer> l) {
        return l.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String versions() {
        return "the interpreter";
    }

    @Override
    public void close() {
        // calls are closed by those who made them
    }
}
