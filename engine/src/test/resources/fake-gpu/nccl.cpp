// libnccl.so.2: groups of one
#include "fake.h"

namespace {
struct Id { char x[128]; };
struct Group { int rank, size; };
int live;
size_t bytes(int type) { return type == 4 || type == 8 ? 8 : type == 2 || type == 7 ? 4 : type == 6 || type == 9 ? 2 : 1; }
int move(const void* from, void* to, size_t n, Group* g, void* stream) {
    if (!g || g->size != 1 || !stream) return fake_error(4, "collective without group or stream");
    auto task = Task([=] {
        if (!fake_is_device(from, n) || !fake_is_device(to, n)) return fake_error(700, "a collective touches memory that is not live");
        memmove(to, from, n);
        return 0;
    });
    return fake_enqueue(stream, &task) ? 1 : 0;
}
}

extern "C" {
int ncclGetVersion(int* v) { *v = 22703; return 0; }
const char* ncclGetErrorString(int r) { return r == 4 ? "invalid argument" : "error of the fake"; }
int ncclGetUniqueId(Id* id) { memset(id, 0, sizeof *id); memcpy(id->x, "fake", 4); id->x[127] = 7; return 0; }
int ncclCommInitRank(Group** g, int size, Id id, int rank) {
    if (memcmp(id.x, "fake", 4) || id.x[127] != 7 || size != 1 || rank != 0) return fake_error(4, "group", size, rank);
    live++;
    *g = new Group{rank, size};
    return 0;
}
int ncclCommDestroy(Group* g) { if (--live < 0) return fake_error(4, "a group is destroyed twice"); delete g; return 0; }
int ncclAllReduce(const void* a, void* b, size_t n, int type, int op, Group* g, void* s) { return op == 1 || op > 4 ? fake_error(4, "operation", op) : move(a, b, n * bytes(type), g, s); }
int ncclBroadcast(const void* a, void* b, size_t n, int type, int root, Group* g, void* s) { return root ? fake_error(4, "root", root) : move(a, b, n * bytes(type), g, s); }
int ncclAllGather(const void* a, void* b, size_t n, int type, Group* g, void* s) { return move(a, b, n * bytes(type), g, s); }
int ncclReduceScatter(const void* a, void* b, size_t n, int type, int op, Group* g, void* s) { return op == 1 || op > 4 ? fake_error(4, "operation", op) : move(a, b, n * bytes(type), g, s); }
}
