package dev.levin.kernel.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Tables} for vector code. */
final class VectorTables {
    private VectorTables() {
    }

    /** For each lane the element of the table that the low four bits of {@code index} name. */
    static FloatVector lookup(float[] table, FloatVector index, VectorSpecies<Float> species) {
        int lanes = species.length();
        IntVector at = index.reinterpretAsInts().and(Tables.SIZE - 1);
        var within = at.and(lanes - 1).toShuffle().cast(species);
        FloatVector found = FloatVector.fromArray(species, table, 0).rearrange(within);
        for (int k = lanes; k < Tables.SIZE; k += lanes) {
            found = found.blend(FloatVector.fromArray(species, table, k).rearrange(within), at.compare(VectorOperators.GE, k).cast(species));
        }
        return found;
    }
}
