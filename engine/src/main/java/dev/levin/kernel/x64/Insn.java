package dev.levin.kernel.x64;

/**
 * EVEX instructions with up to two sources and a destination. Names are those of the instruction set reference.
 *
 * <p>Fields: opcode map (1 = 0F, 2 = 0F38, 3 = 0F3A), mandatory prefix (0 none, 1 = 66, 2 = F3, 3 = F2), W, opcode.
 */
public enum Insn {
    ADDPS(1, 0, 0, 0x58), MULPS(1, 0, 0, 0x59), SUBPS(1, 0, 0, 0x5c), DIVPS(1, 0, 0, 0x5e), SQRTPS(1, 0, 0, 0x51),
    ADDPD(1, 1, 1, 0x58), MULPD(1, 1, 1, 0x59), SUBPD(1, 1, 1, 0x5c), DIVPD(1, 1, 1, 0x5e), SQRTPD(1, 1, 1, 0x51),
    ADDSS(1, 2, 0, 0x58), ADDSD(1, 3, 1, 0x58),
    FMADD213PS(2, 1, 0, 0xa8), FMADD231PS(2, 1, 0, 0xb8), FMADD213PD(2, 1, 1, 0xa8), FMADD231PD(2, 1, 1, 0xb8),
    /** Immediate 5: maximum, 4: minimum; the sign of zeros counts, one quiet NaN loses. */
    RANGEPS(3, 1, 0, 0x50), RANGEPD(3, 1, 1, 0x50),
    MAXPS(1, 0, 0, 0x5f), MINPS(1, 0, 0, 0x5d), SCALEFPS(2, 1, 0, 0x2c), PERMPS(2, 1, 0, 0x16),
    PADDD(1, 1, 0, 0xfe), PSUBD(1, 1, 0, 0xfa), PMULLD(2, 1, 0, 0x40), PADDQ(1, 1, 1, 0xd4), PSUBQ(1, 1, 1, 0xfb), PMULLQ(2, 1, 1, 0x40),
    PANDD(1, 1, 0, 0xdb), PORD(1, 1, 0, 0xeb), PXORD(1, 1, 0, 0xef), PANDQ(1, 1, 1, 0xdb), PORQ(1, 1, 1, 0xeb), PXORQ(1, 1, 1, 0xef),
    PABSD(2, 1, 0, 0x1e), PABSQ(2, 1, 1, 0x1f), PMAXSD(2, 1, 0, 0x3d), PMINSD(2, 1, 0, 0x39), PMAXSQ(2, 1, 1, 0x3d), PMINSQ(2, 1, 1, 0x39),
    PMINUD(2, 1, 0, 0x3b), PMULUDQ(1, 1, 1, 0xf4),
    PSLLVD(2, 1, 0, 0x47), PSRAVD(2, 1, 0, 0x46), PSRLVD(2, 1, 0, 0x45), PSLLVQ(2, 1, 1, 0x47), PSRAVQ(2, 1, 1, 0x46), PSRLVQ(2, 1, 1, 0x45),
    BLENDMPS(2, 1, 0, 0x65), BLENDMPD(2, 1, 1, 0x65),
    MOVUPS(1, 0, 0, 0x10), STOREUPS(1, 0, 0, 0x11), MOVAPS(1, 0, 0, 0x28), MOVUPD(1, 1, 1, 0x10), STOREUPD(1, 1, 1, 0x11),
    MOVSS(1, 2, 0, 0x10), STORESS(1, 2, 0, 0x11), MOVSD(1, 3, 1, 0x10), STORESD(1, 3, 1, 0x11),
    BROADCASTSS(2, 1, 0, 0x18), BROADCASTSD(2, 1, 1, 0x19), PBROADCASTD_R(2, 1, 0, 0x7c), PBROADCASTQ_R(2, 1, 1, 0x7c),
    PMOVZXBD(2, 1, 0, 0x31), PMOVZXWD(2, 1, 0, 0x33), PMOVSXBD(2, 1, 0, 0x21), PMOVSXWD(2, 1, 0, 0x23), PMOVSXDQ(2, 1, 0, 0x25),
    PMOVDB(2, 2, 0, 0x31), PMOVDW(2, 2, 0, 0x33), PMOVQD(2, 2, 0, 0x35),
    CVTDQ2PS(1, 0, 0, 0x5b), CVTTPS2DQ(1, 2, 0, 0x5b), CVTPS2PD(1, 0, 0, 0x5a), CVTPD2PS(1, 1, 1, 0x5a), CVTQQ2PS(1, 0, 1, 0x5b),
    CVTQQ2PD(1, 2, 1, 0xe6), CVTTPS2QQ(1, 1, 0, 0x7a), CVTTPD2QQ(1, 1, 1, 0x7a), CVTDQ2PD(1, 2, 0, 0xe6), CVTTPD2DQ(1, 1, 1, 0xe6),
    CVTSS2SD(1, 2, 0, 0x5a), CVTPH2PS(2, 1, 0, 0x13), CVTPS2PH(3, 1, 0, 0x1d),
    CMPPS(1, 0, 0, 0xc2), CMPPD(1, 1, 1, 0xc2), PCMPD(3, 1, 0, 0x1f), PCMPQ(3, 1, 1, 0x1f),
    EXTRACTF32X8(3, 1, 0, 0x1b), EXTRACTF32X4(3, 1, 0, 0x19), INSERTF32X8(3, 1, 0, 0x1a), SHUFPS(1, 0, 0, 0xc6), PSHUFD(1, 1, 0, 0x70),
    UNPCKLPS(1, 0, 0, 0x14), UNPCKHPS(1, 0, 0, 0x15), UNPCKLPD(1, 1, 1, 0x14), UNPCKHPD(1, 1, 1, 0x15), SHUFF32X4(3, 1, 0, 0x23),
    /** Shift by an immediate; the number in the register field picks the direction. */
    SHIFTD(1, 1, 0, 0x72), SHIFTQ(1, 1, 1, 0x72), SHIFTQ73(1, 1, 1, 0x73);

    final int map;
    final int prefix;
    final int w;
    final int opcode;

    Insn(int map, int prefix, int w, int opcode) {
        this.map = map;
        this.prefix = prefix;
        this.w = w;
        this.opcode = opcode;
    }
}
