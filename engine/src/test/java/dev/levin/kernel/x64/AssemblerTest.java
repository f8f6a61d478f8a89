package dev.levin.kernel.x64;

import static dev.levin.kernel.x64.Assembler.L512;
import static dev.levin.kernel.x64.Assembler.R10;
import static dev.levin.kernel.x64.Assembler.R11;
import static dev.levin.kernel.x64.Assembler.R12;
import static dev.levin.kernel.x64.Assembler.R13;
import static dev.levin.kernel.x64.Assembler.R14;
import static dev.levin.kernel.x64.Assembler.R15;
import static dev.levin.kernel.x64.Assembler.R8;
import static dev.levin.kernel.x64.Assembler.RAX;
import static dev.levin.kernel.x64.Assembler.RBP;
import static dev.levin.kernel.x64.Assembler.RBX;
import static dev.levin.kernel.x64.Assembler.RCX;
import static dev.levin.kernel.x64.Assembler.RDI;
import static dev.levin.kernel.x64.Assembler.RDX;
import static dev.levin.kernel.x64.Assembler.RSI;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.kernel.x64.Assembler.Cond;
import dev.levin.kernel.x64.Assembler.Label;
import dev.levin.kernel.x64.Assembler.Mask;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Encodings against those of the GNU assembler, with 32-bit displacements and three-byte VEX prefixes. */
class AssemblerTest {
    private static Arguments of(String text, String hex, Consumer<Assembler> insn) {
        return Arguments.of(text, hex, insn);
    }

    private static Consumer<Assembler> rrr(Insn i, int length, int dst, int a, int b) {
        return x -> x.v(i, length, dst, a, b, Mask.NONE);
    }

    static Stream<Arguments> encodings() {
        return Stream.of(
                of("mov r15, rdi", "4989ff", a -> a.mov(R15, RDI)),
                of("mov rcx, [r14+0x80]", "498b8e80000000", a -> a.load(RCX, Mem.at(R14, 0x80))),
                of("mov [r12+rbp*4+0x100], rdx", "498994ac00010000", a -> a.store(Mem.at(R12, RBP, 4, 0x100), RDX)),
                of("movzx r11d, word ptr [rsi]", "440fb79e00000000", a -> a.loadZero(R11, Mem.at(RSI, 0), 2)),
                of("movsxd rax, dword ptr [r13+0x10]", "49638510000000", a -> a.loadSigned(RAX, Mem.at(R13, 0x10))),
                of("prefetcht0 [r13+0x12c0]", "410f188dc0120000", a -> a.prefetch(Mem.at(R13, 0x12c0))),
                of("prefetcht0 [r14+rbx*4+0x400]", "410f188c9e00040000", a -> a.prefetch(Mem.at(R14, RBX, 4, 0x400))),
                of("imul rax, rax, 0x200", "4869c000020000", a -> a.mulImm(RAX, 0x200, RCX)),
                of("cmp rbp, [r14+0x48]", "493bae48000000", a -> a.cmp(RBP, Mem.at(R14, 0x48))),
                of("shl rax, cl", "48d3e0", a -> a.shlCl(RAX)),
                of("shr r10, 32", "49c1ea20", a -> a.shrImm(R10, 32)),
                of("vaddps zmm17, zmm3, zmm30", "6281644858ce", rrr(Insn.ADDPS, L512, 17, 3, 30)),
                of("vmulps zmm1{k3}, zmm2, [r14+rbx*4+0x40]{1to16}", "62d16c5b598c9e40000000",
                        a -> a.v(Insn.MULPS, L512, 1, 2, Mem.at(R14, RBX, 4, 0x40), new Mask(3, false), true)),
                of("vmovups zmm9{k1}{z}, [r8+rbp*4]", "62517cc9108ca800000000",
                        a -> a.v(Insn.MOVUPS, L512, 9, 0, Mem.at(R8, RBP, 4, 0), new Mask(1, true), false)),
                of("vmovups [rdx+0x40]{k1}, zmm31", "62617c4911ba40000000",
                        a -> a.v(Insn.STOREUPS, L512, 31, 0, Mem.at(RDX, 0x40), new Mask(1, false), false)),
                of("vfmadd213ps zmm5, zmm20, zmm6", "62f25d40a8ee", rrr(Insn.FMADD213PS, L512, 5, 20, 6)),
                of("vfmadd231pd zmm5, zmm6, zmm20", "62b2cd48b8ec", rrr(Insn.FMADD231PD, L512, 5, 6, 20)),
                of("vrangeps zmm1, zmm2, zmm3, 5", "62f36d4850cb05", a -> a.vImm(Insn.RANGEPS, L512, 1, 2, 3, 5, Mask.NONE)),
                of("vpmovzxwd zmm4, [r10+rbp*2]", "62d27d4833a46a00000000",
                        a -> a.v(Insn.PMOVZXWD, L512, 4, 0, Mem.at(R10, RBP, 2, 0), Mask.NONE, false)),
                of("vpmovdw [r11+rbp*2]{k1}, zmm22", "62c27e4933b46b00000000",
                        a -> a.v(Insn.PMOVDW, L512, 22, 0, Mem.at(R11, RBP, 2, 0), new Mask(1, false), false)),
                of("vextractf32x8 ymm1, zmm16, 1", "62e37d481bc101", a -> a.vImm(Insn.EXTRACTF32X8, L512, 16, 0, 1, 1, Mask.NONE)),
                of("vcvtps2pd zmm0, ymm31", "62917c485ac7", rrr(Insn.CVTPS2PD, L512, 0, 0, 31)),
                of("vcvtpd2ps ymm2, zmm18", "62b1fd485ad2", rrr(Insn.CVTPD2PS, L512, 2, 0, 18)),
                of("vpslld zmm30, zmm31, 23", "62910d4072f717", a -> a.shift(false, 6, 30, 31, 23)),
                of("vpsraq zmm1, zmm2, 5", "62f1f54872e205", a -> a.shift(true, 4, 1, 2, 5)),
                of("vpsrlq zmm1, zmm2, 32", "62f1f54873d220", a -> a.shift(true, 2, 1, 2, 32)),
                of("vcmpps k3, zmm1, zmm2, 0x11", "62f17448c2da11", a -> a.vImm(Insn.CMPPS, L512, 3, 1, 2, 0x11, Mask.NONE)),
                of("vpcmpq k7, zmm9, zmm10, 2", "62d3b5481ffa02", a -> a.vImm(Insn.PCMPQ, L512, 7, 9, 10, 2, Mask.NONE)),
                of("vblendmps zmm1{k4}, zmm2, zmm3", "62f26d4c65cb", a -> a.v(Insn.BLENDMPS, L512, 1, 2, 3, new Mask(4, false))),
                of("vscalefps zmm1, zmm2, zmm3", "62f26d482ccb", rrr(Insn.SCALEFPS, L512, 1, 2, 3)),
                of("vpermps zmm1, zmm2, zmm3", "62f26d4816cb", rrr(Insn.PERMPS, L512, 1, 2, 3)),
                of("vshufps zmm1, zmm2, zmm3, 0x88", "62f16c48c6cb88", a -> a.vImm(Insn.SHUFPS, L512, 1, 2, 3, 0x88, Mask.NONE)),
                of("kandw k3, k4, k5", "c4e15c41dd", a -> a.kand(3, 4, 5)),
                of("knotw k3, k6", "c4e17844de", a -> a.knot(3, 6)),
                of("kunpckbw k3, k7, k3", "c4e1454bdb", a -> a.kunpck(3, 7, 3)),
                of("kshiftrw k2, k1, 8", "c4e3f930d108", a -> a.kshiftRight(2, 1, 8)),
                of("kmovw k1, eax", "c4e17892c8", a -> a.kmovFrom(1, RAX)),
                of("kmovw [r14+0x200], k3", "c4c178919e00020000", a -> a.kstore(Mem.at(R14, 0x200), 3)),
                of("kmovw k4, [r14+0x200]", "c4c17890a600020000", a -> a.kload(4, Mem.at(R14, 0x200))),
                of("kortestw k3, k3", "c4e17898db", a -> a.kortest(3, 3)),
                of("vmovd xmm3, r11d", "c4c1796edb", a -> a.movLane(3, R11, false, true)),
                of("vmovq rax, xmm2", "c4e1f97ed0", a -> a.movLane(2, RAX, true, false)),
                of("vpbroadcastd zmm0, r13d", "62d27d487cc5", rrr(Insn.PBROADCASTD_R, L512, 0, 0, R13)),
                of("vpmuludq zmm16, zmm0, zmm10", "62c1fd48f4c2", rrr(Insn.PMULUDQ, L512, 16, 0, 10)),
                of("vshuff32x4 zmm20, zmm16, zmm18, 0x88", "62a37d4023e288", a -> a.vImm(Insn.SHUFF32X4, L512, 20, 16, 18, 0x88, Mask.NONE)),
                of("vpshufd zmm17, zmm0, 0xf5", "62e17d4870c8f5", a -> a.vImm(Insn.PSHUFD, L512, 17, 0, 0, 0xf5, Mask.NONE)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("encodings")
    void encoding(String text, String hex, Consumer<Assembler> insn) {
        var a = new Assembler();
        insn.accept(a);
        assertEquals(hex, HexFormat.of().formatHex(a.bytes(), 0, a.size()), text);
    }

    /** Labels in both directions and a constant behind the code: sums 1 to n, and adds five. */
    @Test
    void codeRuns() throws Throwable {
        assumeTrue(CodeMemory.supported(), "machine code runs on Linux for x86-64 only");
        var a = new Assembler();
        var again = new Label();
        var done = new Label();
        a.load(RAX, a.constant(5L));
        a.bind(again);
        a.cmpImm(RDI, 0);
        a.jump(Cond.LE, done);
        a.add(RAX, RDI);
        a.addImm(RDI, -1);
        a.jump(again);
        a.bind(done);
        // no return value: through memory
        a.store(Mem.at(RSI, 0), RAX);
        a.ret();
        var owner = new Object();
        var code = CodeMemory.of(a.bytes(), owner).orElseThrow();
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(8, 8);
            Linker.nativeLinker().downcallHandle(code.entry(0), FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS)).invoke(100L, out);
            assertEquals(5055, out.get(ValueLayout.JAVA_LONG, 0));
        } finally {
            java.lang.ref.Reference.reachabilityFence(owner);
        }
    }

    @Test
    void equalConstantsShareAPlace() {
        var a = new Assembler();
        assertEquals(a.constant(1), a.constant(1));
        assertEquals(64, a.constant(new int[16]).disp());
        a.ret();
        assertArrayEquals(new byte[] {1, 0, 0, 0}, java.util.Arrays.copyOfRange(a.bytes(), 64, 68));
    }
}
