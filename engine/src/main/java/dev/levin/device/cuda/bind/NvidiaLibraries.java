package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudnn.*;

import dev.levin.device.cuda.libraries.AlgorithmCache;
import dev.levin.device.cuda.libraries.Collectives;
import dev.levin.device.cuda.libraries.ConvolutionSpec;
import dev.levin.device.cuda.libraries.DeviceLibraries;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.device.cuda.libraries.MatmulSpec;
import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.device.cuda.load.LibrarySearch;
import java.nio.file.Path;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cudnn.cudnnContext;

/** cuBLASLt and, where it is installed, cuDNN. */
final class NvidiaLibraries implements DeviceLibraries {
    private final BytedecoDriver driver;
    private final AlgorithmCache known;
    private final boolean tune;
    private final cublasLtContext products = new cublasLtContext();
    /** Null without cuDNN. */
    private final cudnnContext convolutions;

    /** @param folder where algorithms that were chosen are kept, or null */
    NvidiaLibraries(BytedecoDriver driver, boolean withCudnn, Path folder, boolean tune) {
        this.tune = tune;
        String of = ("cublaslt-" + cublasLtGetVersion() + "-" + driver.info().name() + (tune ? "-tuned" : "")).replaceAll("[^A-Za-z0-9.-]+", "_");
        known = new AlgorithmCache(folder == null ? null : folder.resolve(of));
        this.driver = driver;
        Status.cublas(cublasLtCreate(products), "cublasLtCreate");
        if (withCudnn) {
            convolutions = new cudnnContext();
            Status.cudnn(cudnnCreate(convolutions), "cudnnCreate");
        } else {
            convolutions = null;
        }
    }

    @Override
    public LibraryCall matmul(MatmulSpec spec) {
        return LtMatmul.of(driver, products, spec, known, tune);
    }

    @Override
    public LibraryCall convolution(ConvolutionSpec spec) {
        return convolutions == null ? null : CudnnConvolution.of(driver, convolutions, spec);
    }

    @Override
    public boolean prefersChannelsLast() {
        return convolutions != null;
    }

    private static void needsNccl() {
        if (!CudaInstallation.get().usesNccl()) {
            throw new UnsupportedOperationException("groups of GPUs need NCCL 2.20 or newer, which was not found: pip install nvidia-nccl-cu13, or name its "
                    + "folder by -D" + LibrarySearch.PATH_PROPERTY);
        }
    }

    @Override
    public byte[] newGroup() {
        needsNccl();
        return NcclCollectives.uniqueId();
    }

    @Override
    public Collectives group(byte[] id, int rank, int size) {
        needsNccl();
        return new NcclCollectives(driver, id, rank, size);
    }

    @Override
    public String versions() {
        return "cublasLt " + cublasLtGetVersion() + (convolutions == null ? "" : ", cudnn " + cudnnGetVersion());
    }

    @Override
    public void close() {
        if (convolutions != null) {
            Status.cudnn(cudnnDestroy(convolutions), "cudnnDestroy");
        }
        Status.cublas(cublasLtDestroy(products), "cublasLtDestroy");
    }
}
