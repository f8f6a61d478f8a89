package dev.levin.device.cuda;

import dev.levin.device.Backend;
import dev.levin.device.Communicator;
import dev.levin.device.Executable;
import dev.levin.device.cuda.execution.CudaCommunicator;
import dev.levin.device.cuda.execution.CudaExecutable;
import dev.levin.device.cuda.execution.CudaRuntime;
import dev.levin.device.cuda.execution.Figures;
import dev.levin.graph.Program;
import dev.levin.plan.Planner;
import dev.levin.type.Device;
import java.util.Map;

/** Runs programs on an NVIDIA GPU. Thread-safe; runs are serial and asynchronous. */
public final class CudaBackend implements Backend, AutoCloseable {
    private final CudaRuntime runtime;

    public CudaBackend(CudaRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public Device device() {
        return runtime.device();
    }

    @Override
    public Executable compile(Program program) {
        return new CudaExecutable(runtime, Planner.plan(program, runtime.planOptions(program)), program);
    }

    /** The device with its streams and memory, for statistics. */
    public CudaRuntime runtime() {
        return runtime;
    }

    /** Returns when everything that was submitted has run; throws the first error of a run nobody has read. */
    @Override
    public void await() {
        runtime.await();
    }

    /** The id of a new group of GPUs, for one rank to hand to the others. */
    public byte[] newGroup() {
        return runtime.newGroup();
    }

    /** This GPU as one rank of a group; returns when all ranks have called it. */
    public Communicator join(byte[] group, int rank, int size) {
        return new CudaCommunicator(runtime, group, rank, size);
    }

    /** Whether plans made from now on give the same bits each time, also where a library has a faster way; off unless {@code -Dlevin.cuda.deterministic=true}. */
    public void deterministic(boolean on) {
        runtime.options(o -> o.withDeterministic(on));
    }

    /** Whether F32 products and convolutions of plans made from now on may round operands to TF32; off unless {@code -Dlevin.cuda.tf32=true}. */
    public void tf32(boolean on) {
        runtime.options(o -> o.withTf32(on));
    }

    /** Bytes taken from the device by owner; the sum of what was ever needed, since memory goes back at the end. */
    public Map<String, Long> bytesByOwner() {
        return runtime.bytesByOwner();
    }

    /**
     * Measures the device itself: copy bandwidth in GB/s, launch cost in microseconds, products in TFLOP/s; by name.
     *
     * @param copyBytes sizes of the copies
     * @param matrix extent of the square products
     */
    public Map<String, Double> figures(long[] copyBytes, int matrix) {
        return Figures.measure(runtime, copyBytes, matrix);
    }

    /** Gives the device's memory back. */
    @Override
    public void close() {
        runtime.close();
    }
}
