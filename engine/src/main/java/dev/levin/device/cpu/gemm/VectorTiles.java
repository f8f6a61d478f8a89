package dev.levin.device.cpu.gemm;

/** Keeps the Vector API's classes away from JVMs started without the module. */
final class VectorTiles {
    static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorTiles() {
    }

    static Tile floats() {
        return new VectorFloatTile();
    }

    static Tile doubles() {
        return new VectorDoubleTile();
    }
}
