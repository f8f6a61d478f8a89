package dev.levin.device.cuda.bind;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A raw address as a JavaCPP pointer that owns nothing; changed in place, so that calls allocate nothing. */
final class Address extends Pointer {
    Address() {
        super((Pointer) null);
    }

    Address(long address) {
        this();
        at(address);
    }

    Address at(long newAddress) {
        address = newAddress;
        return this;
    }

    /** A {@code void**} at a raw address. */
    static final class Array extends PointerPointer<Pointer> {
        Array() {
            super((Pointer) null);
        }

        Array at(long newAddress) {
            address = newAddress;
            return this;
        }
    }
}
