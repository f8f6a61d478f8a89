package dev.levin.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Instructions that one kernel computes; or one routine with what it absorbs. */
final class Group {
    final int id;
    /** Null for a kernel. */
    final Call call;
    /** In program order. */
    final List<Integer> members = new ArrayList<>();
    /** Values in memory that it reads, by their stripped number. */
    final BitSet reads = new BitSet();
    /** Of these, the ones not read exactly once at every position, in order. */
    final BitSet misaligned = new BitSet();
    /** Members that must be in memory when it is done. */
    final BitSet stores = new BitSet();
    /** Members that it also stores as parts of a larger value. */
    final List<Join> joins = new ArrayList<>();
    Domain domain;

    /**
     * A value stored as part {@code part} of the concatenation {@code whole}, in {@code storage}, which lies in the memory of the whole and
     * begins {@code skip} elements before the part.
     */
    record Join(int value, int whole, int part, int storage, long skip) {
    }

    Group(int id, Call call, Domain domain) {
        this.id = id;
        this.call = call;
        this.domain = domain;
    }

    boolean isKernel() {
        return call == null;
    }

    int firstStore() {
        return stores.nextSetBit(0);
    }

    int last() {
        return members.getLast();
    }

    @Override
    public String toString() {
        return (isKernel() ? "kernel " + domain : "call") + " " + members;
    }
}
