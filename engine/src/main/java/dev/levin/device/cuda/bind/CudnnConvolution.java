package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.cudnn.*;

import dev.levin.device.cuda.driver.CudaException;
import dev.levin.device.cuda.libraries.ConvolutionSpec;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdDataAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdFilterAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * A convolution or one of its gradients by cuDNN, on dense tensors with their channels first or last. One axis is treated as
 * two with a leading 1.
 */
@SuppressWarnings("deprecation") // the legacy interface: cuDNN keeps it for plain convolutions
final class CudnnConvolution implements LibraryCall {
    private static final long MAX_WORKSPACE = 512L << 20;
    private static final int CANDIDATES = 8;

    private final BytedecoDriver driver;
    private final cudnnContext handle;
    private final ConvolutionSpec spec;
    private final List<Runnable> owned = new ArrayList<>();
    private final cudnnTensorStruct x = new cudnnTensorStruct();
    private final cudnnTensorStruct y = new cudnnTensorStruct();
    private final cudnnFilterStruct w = new cudnnFilterStruct();
    private final cudnnConvolutionStruct convolution = new cudnnConvolutionStruct();
    private final Pointer one;
    private final Pointer zero;
    private final Address p = new Address();
    private final Address q = new Address();
    private final Address r = new Address();
    private final Address scratch = new Address();
    private int algorithm = -1;
    private long workspace;

    private CudnnConvolution(BytedecoDriver driver, cudnnContext handle, ConvolutionSpec s) {
        this.driver = driver;
        this.handle = handle;
        spec = s;
        boolean wide = s.type() == DType.F64;
        one = wide ? new DoublePointer(new double[] {1}) : new FloatPointer(new float[] {1});
        zero = wide ? new DoublePointer(new double[] {0}) : new FloatPointer(new float[] {0});
    }

    private void prepare() {
        ConvolutionSpec s = spec;
        boolean wide = s.type() == DType.F64;
        int type = type(s.type());
        tensor(x, type, s.n(), s.c(), s.in());
        tensor(y, type, s.n(), s.o(), s.out());
        Status.cudnn(cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
        owned.add(() -> cudnnDestroyFilterDescriptor(w));
        int[] filter = shape(s.o(), s.c() / s.groups(), s.kernel());
        Status.cudnn(cudnnSetFilterNdDescriptor(w, type, s.channelsLast() ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW, filter.length, filter), "filter descriptor");
        Status.cudnn(cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
        owned.add(() -> cudnnDestroyConvolutionDescriptor(convolution));
        int[] before = axes(s.before(), 0);
        Status.cudnn(cudnnSetConvolutionNdDescriptor(convolution, before.length, before, axes(s.stride(), 1), axes(s.dilation(), 1),
                CUDNN_CROSS_CORRELATION, wide ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT), "convolution descriptor");
        Status.cudnn(cudnnSetConvolutionGroupCount(convolution, s.groups()), "group count");
        // the default lets F32 round its operands to TF32
        Status.cudnn(cudnnSetConvolutionMathType(convolution, s.type() == DType.F32 && !s.tf32() ? CUDNN_FMA_MATH : CUDNN_DEFAULT_MATH), "math type");
        choose();
    }

    /** Null if cuDNN has no such convolution. */
    static LibraryCall of(BytedecoDriver driver, cudnnContext handle, ConvolutionSpec s) {
        if (!s.type().isFloat()) {
            return null;
        }
        var c = new CudnnConvolution(driver, handle, s);
        try {
            c.prepare();
        } catch (CudaException e) {
            c.close();
            return null;
        }
        if (c.algorithm < 0) {
            c.close();
            return null;
        }
        return c;
    }

    private static int type(DType d) {
        return switch (d) {
            case F32 -> CUDNN_DATA_FLOAT;
            case F64 -> CUDNN_DATA_DOUBLE;
            case F16 -> CUDNN_DATA_HALF;
            case BF16 -> CUDNN_DATA_BFLOAT16;
            default -> throw new IllegalArgumentException("cuDNN has no convolutions of " + d);
        };
    }

    private void tensor(cudnnTensorStruct t, int type, int n, int c, List<Integer> spatial) {
        Status.cudnn(cudnnCreateTensorDescriptor(t), "cudnnCreateTensorDescriptor");
        owned.add(() -> cudnnDestroyTensorDescriptor(t));
        int[] dims = shape(n, c, spatial);
        int[] strides = new int[dims.length];
        int step = spec.channelsLast() ? c : 1;
        for (int i = dims.length - 1; i >= 2; i--) {
            strides[i] = step;
            step = Math.multiplyExact(step, dims[i]);
        }
        strides[1] = spec.channelsLast() ? 1 : step;
        strides[0] = spec.channelsLast() ? step : Math.multiplyExact(step, c);
        Status.cudnn(cudnnSetTensorNdDescriptor(t, type, dims.length, dims, strides), "tensor descriptor");
    }

    private static int[] shape(int a, int b, List<Integer> spatial) {
        int[] rest = axes(spatial, 1);
        int[] all = new int[2 + rest.length];
        all[0] = a;
        all[1] = b;
        System.arraycopy(rest, 0, all, 2, rest.length);
        return all;
    }

    /** At least two axes. */
    private static int[] axes(List<Integer> values, int missing) {
        int[] a = new int[Math.max(2, values.size())];
        int lead = a.length - values.size();
        for (int i = 0; i < a.length; i++) {
            a[i] = i < lead ? missing : values.get(i - lead);
        }
        return a;
    }

    /** The fastest algorithm by cuDNN's own guess that fits the workspace and, if asked for, repeats its bits. */
    private void choose() {
        try (PointerScope _ = new PointerScope()) {
            int[] found = new int[1];
            switch (spec.direction()) {
                case FORWARD -> {
                    var all = new cudnnConvolutionFwdAlgoPerf_t(CANDIDATES);
                    Status.cudnn(cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, convolution, y, CANDIDATES, found, all), "choosing an algorithm");
                    for (int i = 0; i < found[0] && algorithm < 0; i++) {
                        var c = all.getPointer(i);
                        take(c.status(), c.memory(), c.determinism(), c.algo());
                    }
                }
                case DATA -> {
                    var all = new cudnnConvolutionBwdDataAlgoPerf_t(CANDIDATES);
                    Status.cudnn(cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, w, y, convolution, x, CANDIDATES, found, all), "choosing an algorithm");
                    for (int i = 0; i < found[0] && algorithm < 0; i++) {
                        var c = all.getPointer(i);
                        take(c.status(), c.memory(), c.determinism(), c.algo());
                    }
                }
                case WEIGHTS -> {
                    var all = new cudnnConvolutionBwdFilterAlgoPerf_t(CANDIDATES);
                    Status.cudnn(cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x, y, convolution, w, CANDIDATES, found, all), "choosing an algorithm");
                    for (int i = 0; i < found[0] && algorithm < 0; i++) {
                        var c = all.getPointer(i);
                        take(c.status(), c.memory(), c.determinism(), c.algo());
                    }
                }
            }
            if (algorithm >= 0) {
                SizeTPointer bytes = new SizeTPointer(1);
                Status.cudnn(switch (spec.direction()) {
                    case FORWARD -> cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, algorithm, bytes);
                    case DATA -> cudnnGetConvolutionBackwardDataWorkspaceSize(handle, w, y, convolution, x, algorithm, bytes);
                    case WEIGHTS -> cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x, y, convolution, w, algorithm, bytes);
                }, "workspace size");
                workspace = bytes.get();
            }
        }
    }

    private void take(int status, long memory, int determinism, int candidate) {
        if (status == 0 && memory <= MAX_WORKSPACE && (!spec.deterministic() || determinism == CUDNN_DETERMINISTIC)) {
            algorithm = candidate;
        }
    }

    @Override
    public long workspaceBytes() {
        return workspace;
    }

    @Override
    public void run(long[] operands, long result, long workspaceAddress, long stream) {
        Status.cudnn(cudnnSetStream(handle, driver.stream(stream)), "cudnnSetStream");
        p.at(operands[0]);
        q.at(operands[1]);
        r.at(result);
        scratch.at(workspaceAddress);
        Status.cudnn(switch (spec.direction()) {
            case FORWARD -> cudnnConvolutionForward(handle, one, x, p, w, q, convolution, algorithm, scratch, workspace, zero, y, r);
            case DATA -> cudnnConvolutionBackwardData(handle, one, w, q, y, p, convolution, algorithm, scratch, workspace, zero, x, r);
            case WEIGHTS -> cudnnConvolutionBackwardFilter(handle, one, x, p, y, q, convolution, algorithm, scratch, workspace, zero, w, r);
        }, "convolution");
    }

    @Override
    public void close() {
        owned.reversed().forEach(Runnable::run);
        owned.clear();
        one.close();
        zero.close();
    }
}
