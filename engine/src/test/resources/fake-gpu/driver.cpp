// libcuda.so.1
#include "fake.h"
#include <chrono>
#include <deque>
#include <dlfcn.h>
#include <elf.h>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {
const size_t PAGE = 2 << 20;
std::recursive_mutex mutex;
#define LOCK std::lock_guard<std::recursive_mutex> guard(mutex)

size_t total() { const char* t = getenv("FAKE_GPU_BYTES"); return t ? strtoull(t, nullptr, 10) : 4ull << 30; }

struct Stream { std::deque<Task> tasks; std::vector<Task>* capture = nullptr; };
struct Ticket { Stream* stream; bool done = false; double at = 0; };
struct Event { std::shared_ptr<Ticket> ticket; bool timed; };
struct Module { void* library; std::string file; };
struct Function { int (*run)(const void* const*, unsigned, unsigned); long bytes; std::string name; };
struct Graph { std::vector<Task> tasks; };

std::set<Stream*> streams;
std::set<Event*> events;
std::set<Module*> modules;
std::vector<Function*> functions;
std::set<Graph*> graphs, execs;
std::map<uintptr_t, size_t> device, host, reserved, mapped;
std::map<uintptr_t, bool> accessible;
std::map<uint64_t, size_t> handles;
std::map<uintptr_t, uint64_t> handle_of;
size_t taken;
uint64_t next_handle = 1;
int retained, sticky;
thread_local void* context;
char the_context;

double now() { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

int ready() {
    if (sticky) return sticky;
    if (context != &the_context || !retained) return fake_error(201, "this thread has no context");
    return 0;
}
bool capturing() {
    for (Stream* s : streams) if (s->capture) return true;
    return false;
}
int settled(const char* what) {
    int r = ready();
    if (r) return r;
    if (capturing()) { fprintf(stderr, "FAKE GPU: %s during a capture\n", what); return 900; }
    return 0;
}
bool live(const std::map<uintptr_t, size_t>& where, uintptr_t p, size_t bytes) {
    auto e = where.upper_bound(p);
    if (e == where.begin()) return false;
    --e;
    return p + bytes <= e->first + e->second;
}
bool on_device(uintptr_t p, size_t bytes) {
    if (live(device, p, bytes)) return true;
    auto e = mapped.upper_bound(p);
    if (e == mapped.begin()) return false;
    --e;
    uintptr_t end = e->first;
    while (e != mapped.end() && e->first == end && accessible[end]) {
        end += e->second;
        if (p + bytes <= end) return p >= mapped.begin()->first;
        ++e;
    }
    return false;
}
int known(Stream* s) { return streams.count(s) ? 0 : fake_error(400, "no such stream", (long) s); }
int enqueue(Stream* s, Task t) {
    if (s->capture) s->capture->push_back(std::move(t)); else s->tasks.push_back(std::move(t));
    return 0;
}
int drain(Stream* s, Ticket* until) {
    while (!s->tasks.empty() && !(until && until->done)) {
        Task t = std::move(s->tasks.front());
        s->tasks.pop_front();
        int r = t();
        if (r && !sticky) sticky = r;
    }
    return sticky;
}
int add(std::map<uintptr_t, size_t>& where, size_t bytes, uintptr_t& p) {
    void* m = mmap(nullptr, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED) return 2;
    memset(m, 0xff, bytes);
    where[(uintptr_t) m] = bytes;
    p = (uintptr_t) m;
    return 0;
}
int give(std::map<uintptr_t, size_t>& where, uintptr_t p, const char* what) {
    auto e = where.find(p);
    if (e == where.end()) return fake_error(1, what, (long) p);
    munmap((void*) p, e->second + 4096);
    where.erase(e);
    return 0;
}
}

extern "C" {
int fake_enqueue(void* stream, Task* task) {
    LOCK;
    int r = ready();
    return r ? r : (r = known((Stream*) stream)) ? r : enqueue((Stream*) stream, *task);
}
int fake_is_device(const void* p, size_t bytes) { LOCK; return bytes == 0 || on_device((uintptr_t) p, bytes); }

int cuDriverGetVersion(int* v) { *v = 13000; return 0; }
int cuInit(unsigned) { return getenv("FAKE_GPU_INIT") ? atoi(getenv("FAKE_GPU_INIT")) : 0; }
int cuDeviceGetCount(int* n) { *n = 1; return 0; }
int cuDeviceGet(int* d, int i) { *d = i; return i == 0 ? 0 : 101; }
int cuDeviceGetName(char* name, int n, int) { strncpy(name, "Processor as GPU", n); return 0; }
int cuDeviceGetPCIBusId(char* text, int n, int) { snprintf(text, n, "0000:0A:00.0"); return 0; }
int cuDeviceTotalMem_v2(size_t* b, int) { *b = total(); return 0; }
int cuDeviceGetAttribute(int* v, int which, int) { *v = which == 75 ? 9 : which == 76 ? 0 : which == 16 ? 132 : 0; return 0; }
int cuDevicePrimaryCtxRetain(void** c, int) { LOCK; retained++; *c = &the_context; return 0; }
int cuDevicePrimaryCtxRelease_v2(int) {
    LOCK;
    if (--retained == 0) {
        if (!device.empty()) fake_error(0, "allocations are left", (long) device.size());
        if (!host.empty()) fake_error(0, "pinned allocations are left", (long) host.size());
        if (!reserved.empty() || !handles.empty()) fake_error(0, "reservations or mapped memory are left", (long) reserved.size(), (long) handles.size());
        if (!streams.empty() || !events.empty()) fake_error(0, "streams and events are left", (long) streams.size(), (long) events.size());
        if (!modules.empty() || !execs.empty() || !graphs.empty()) fake_error(0, "modules and graphs are left", (long) modules.size(), (long) execs.size());
    }
    return 0;
}
int cuCtxSetCurrent(void* c) { context = c; return 0; }
int cuGetErrorName(int code, const char** s) { *s = code == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : code == 719 ? "CUDA_ERROR_LAUNCH_FAILED"
    : code == 900 ? "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED" : code == 999 ? "CUDA_ERROR_UNKNOWN" : "CUDA_ERROR_OF_THE_FAKE"; return 0; }
int cuMemGetInfo_v2(size_t* f, size_t* t) { LOCK; *t = total(); *f = *t - taken; return ready(); }
int cuDeviceGetDefaultMemPool(void** p, int) { *p = &the_context; return 0; }
int cuMemPoolSetAttribute(void*, int which, void* v) { return which == 4 && *(int64_t*) v == -1 ? 0 : fake_error(1, "pool attribute", which); }

int cuMemAllocAsync(uintptr_t* p, size_t bytes, Stream* s) {
    LOCK;
    int r = settled("allocation");
    if (r || (r = known(s))) return r;
    if (taken + bytes > total()) return 2;
    taken += bytes;
    return bytes ? add(device, bytes, *p) : fake_error(1, "allocation of nothing");
}
int cuMemFreeAsync(uintptr_t p, Stream* s) {
    LOCK;
    int r = settled("free");
    if (r || (r = known(s))) return r;
    if (!device.count(p)) return fake_error(1, "free of what is not allocated", (long) p);
    taken -= device[p];
    return enqueue(s, [p] { LOCK; return give(device, p, "free of what is not allocated"); });
}
int cuMemGetAllocationGranularity(size_t* g, const void*, int) { *g = PAGE; return 0; }
int cuMemAddressReserve(uintptr_t* p, size_t bytes, size_t, uintptr_t, unsigned long long) {
    LOCK;
    if (bytes % PAGE) return fake_error(1, "reservation is no multiple of the granularity", (long) bytes);
    void* m = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m == MAP_FAILED) return 2;
    reserved[*p = (uintptr_t) m] = bytes;
    return ready();
}
int cuMemAddressFree(uintptr_t p, size_t bytes) {
    LOCK;
    auto inside = mapped.lower_bound(p);
    if (!reserved.count(p) || reserved[p] != bytes || (inside != mapped.end() && inside->first < p + bytes)) return fake_error(1, "addresses given back too early or wrong", (long) p, (long) bytes);
    munmap((void*) p, bytes);
    reserved.erase(p);
    return ready();
}
int cuMemCreate(uint64_t* h, size_t bytes, const int* prop, unsigned long long) {
    LOCK;
    int r = settled("cuMemCreate");
    if (r) return r;
    if (bytes % PAGE || prop[0] != 1 || prop[2] != 1 || prop[3] != 0) return fake_error(1, "cuMemCreate: size or properties", (long) bytes, prop[0]);
    if (taken + bytes > total()) return 2;
    taken += bytes;
    handles[*h = next_handle++] = bytes;
    return 0;
}
int cuMemMap(uintptr_t p, size_t bytes, size_t offset, uint64_t h, unsigned long long) {
    LOCK;
    if (!handles.count(h) || handles[h] != bytes || offset || !live(reserved, p, bytes) || live(mapped, p, 1)) return fake_error(1, "cuMemMap", (long) p, (long) bytes);
    mapped[p] = bytes;
    handle_of[p] = h;
    accessible[p] = false;
    return ready();
}
int cuMemSetAccess(uintptr_t p, size_t bytes, const int* desc, size_t n) {
    LOCK;
    if (!mapped.count(p) || mapped[p] != bytes || n != 1 || desc[0] != 1 || desc[1] != 0 || desc[2] != 3) return fake_error(1, "cuMemSetAccess", (long) p, desc[2]);
    mprotect((void*) p, bytes, PROT_READ | PROT_WRITE);
    memset((void*) p, 0xff, bytes);
    accessible[p] = true;
    return ready();
}
int cuMemUnmap(uintptr_t p, size_t bytes) {
    LOCK;
    for (Stream* s : streams) if (!s->tasks.empty()) return fake_error(1, "unmapped under work in progress");
    if (!mapped.count(p) || mapped[p] != bytes) return fake_error(1, "cuMemUnmap", (long) p, (long) bytes);
    mprotect((void*) p, bytes, PROT_NONE);
    mapped.erase(p);
    return settled("cuMemUnmap");
}
int cuMemRelease(uint64_t h) {
    LOCK;
    if (!handles.count(h)) return fake_error(1, "cuMemRelease", (long) h);
    taken -= handles[h];
    handles.erase(h);
    return ready();
}
int cuMemHostAlloc(void** p, size_t bytes, unsigned) {
    LOCK;
    int r = settled("pinned allocation");
    uintptr_t a;
    if (r || (r = add(host, bytes, a))) return r;
    *p = (void*) a;
    return 0;
}
int cuMemFreeHost(void* p) { LOCK; int r = settled("freeing pinned memory"); return r ? r : give(host, (uintptr_t) p, "free of pinned memory"); }

int cuStreamCreate(Stream** s, unsigned flags) {
    LOCK;
    streams.insert(*s = new Stream());
    return flags == 1 ? ready() : fake_error(1, "stream flags", flags);
}
int cuStreamDestroy_v2(Stream* s) {
    LOCK;
    int r = known(s);
    if (r) return r;
    if (!s->tasks.empty()) return fake_error(1, "a stream with work is destroyed");
    streams.erase(s);
    delete s;
    return ready();
}
int cuStreamSynchronize(Stream* s) { LOCK; int r = settled("waiting for a stream"); return r ? r : (r = known(s)) ? r : drain(s, nullptr); }
int cuEventCreate(Event** e, unsigned flags) { LOCK; events.insert(*e = new Event{nullptr, !(flags & 2)}); return ready(); }
int cuEventDestroy_v2(Event* e) {
    LOCK;
    if (!events.erase(e)) return fake_error(400, "no such event", (long) e);
    delete e;
    return ready();
}
int cuEventRecord(Event* e, Stream* s) {
    LOCK;
    int r = known(s);
    if (r || !events.count(e)) return fake_error(400, "record", (long) e);
    auto t = std::make_shared<Ticket>();
    t->stream = s;
    e->ticket = t;
    return (r = ready()) ? r : enqueue(s, [t] { t->done = true; t->at = now(); return 0; });
}
int cuEventQuery(Event* e) {
    LOCK;
    int r = settled("asking for an event");
    if (r || !events.count(e)) return r ? r : fake_error(400, "no such event", (long) e);
    return !e->ticket || e->ticket->done ? 0 : 600;
}
int cuEventSynchronize(Event* e) {
    LOCK;
    int r = settled("waiting for an event");
    if (r || !events.count(e)) return r ? r : fake_error(400, "no such event", (long) e);
    return e->ticket ? drain(e->ticket->stream, e->ticket.get()) : 0;
}
int cuStreamWaitEvent(Stream* s, Event* e, unsigned) {
    LOCK;
    int r = known(s);
    if (r || !events.count(e)) return fake_error(400, "cuStreamWaitEvent", (long) e);
    auto t = e->ticket;
    return t ? enqueue(s, [t] { LOCK; return drain(t->stream, t.get()); }) : ready();
}
int cuEventElapsedTime_v2(float* ms, Event* a, Event* b) {
    LOCK;
    if (!a->timed || !b->timed || !a->ticket || !b->ticket || !a->ticket->done || !b->ticket->done) return fake_error(400, "elapsed time of events that can't tell");
    *ms = (float) (b->ticket->at - a->ticket->at);
    return 0;
}

static int copy(const char* what, uintptr_t to, uintptr_t from, size_t bytes, bool to_device, bool from_device, Stream* s) {
    LOCK;
    int r = ready();
    if (r || (r = known(s))) return r;
    auto check = [=] { return (to_device ? on_device(to, bytes) : live(host, to, bytes)) && (from_device ? on_device(from, bytes) : live(host, from, bytes)); };
    if (!check()) return fake_error(1, what, (long) to, (long) from);
    return enqueue(s, [=] {
        LOCK;
        if (!check()) return fake_error(700, what, (long) to, (long) from);
        memmove((void*) to, (void*) from, bytes);
        return 0;
    });
}
int cuMemcpyHtoDAsync_v2(uintptr_t d, const void* h, size_t n, Stream* s) { return copy("copy to the device: memory is not live or not pinned", d, (uintptr_t) h, n, true, false, s); }
int cuMemcpyDtoHAsync_v2(void* h, uintptr_t d, size_t n, Stream* s) { return copy("copy from the device: memory is not live or not pinned", (uintptr_t) h, d, n, false, true, s); }
int cuMemcpyDtoDAsync_v2(uintptr_t d, uintptr_t f, size_t n, Stream* s) { return copy("copy on the device: memory is not live", d, f, n, true, true, s); }
int cuMemsetD8Async(uintptr_t p, unsigned char v, size_t n, Stream* s) {
    LOCK;
    int r = ready();
    if (r || (r = known(s))) return r;
    if (!on_device(p, n)) return fake_error(1, "fill of memory that is not live", (long) p, (long) n);
    return enqueue(s, [=] { LOCK; if (!on_device(p, n)) return fake_error(700, "fill of memory that is not live"); memset((void*) p, v, n); return 0; });
}

int cuModuleLoadData(Module** m, const void* image) {
    LOCK;
    int r = settled("loading a module");
    if (r) return r;
    auto* h = (const Elf64_Ehdr*) image;
    if (memcmp(h->e_ident, ELFMAG, SELFMAG)) return fake_error(200, "the image is no code of this device");
    size_t bytes = h->e_shoff + (size_t) h->e_shnum * h->e_shentsize;
    char file[] = "/tmp/fake-gpu-XXXXXX";
    int f = mkstemp(file);
    if (f < 0 || write(f, image, bytes) != (ssize_t) bytes) return fake_error(1, "temporary file");
    close(f);
    void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    unlink(file);
    if (!library) { fprintf(stderr, "FAKE GPU: %s\n", dlerror()); return 200; }
    modules.insert(*m = new Module{library, file});
    return 0;
}
int cuModuleUnload(Module* m) { LOCK; int r = settled("unloading a module"); return r ? r : modules.erase(m) ? 0 : fake_error(400, "no such module"); }
int cuModuleGetFunction(Function** f, Module* m, const char* name) {
    LOCK;
    if (!modules.count(m)) return fake_error(400, "no such module");
    void* run = dlsym(m->library, (std::string("host_") + name).c_str());
    void* size = dlsym(m->library, (std::string("size_") + name).c_str());
    if (!run || !size) return 500;
    functions.push_back(*f = new Function{(int (*)(const void* const*, unsigned, unsigned)) run, ((long (*)()) size)(), name});
    return ready();
}
int cuLaunchKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream* s, void** params, void** extra) {
    LOCK;
    int r = ready();
    if (r || (r = known(s))) return r;
    if (!gx || gx > 0x7fffffffu || gy != 1 || gz != 1 || !bx || bx > 1024 || by != 1 || bz != 1 || shared || extra || f->bytes > 32764) {
        fprintf(stderr, "FAKE GPU: launch of %s: %u x %u blocks, %u x %u threads\n", f->name.c_str(), gx, gy, bx, by);
        return 1;
    }
    auto block = std::make_shared<std::vector<char>>((char*) params[0], (char*) params[0] + f->bytes);
    const char* fail = getenv("FAKE_GPU_FAIL");
    if (fail && strstr(f->name.c_str(), fail)) return enqueue(s, [] { return 719; });
    return enqueue(s, [=] {
        alignas(64) char copy[32768];
        memcpy(copy, block->data(), block->size());
        const void* p = copy;
        return f->run(&p, gx, bx) ? fake_error(719, "threads of a block diverge at a barrier") : 0;
    });
}

int cuStreamBeginCapture_v2(Stream* s, int mode) {
    LOCK;
    int r = settled("beginning a capture");
    if (r || (r = known(s))) return r;
    s->capture = new std::vector<Task>();
    return mode == 1 ? 0 : fake_error(1, "capture mode", mode);
}
int cuStreamEndCapture(Stream* s, Graph** g) {
    LOCK;
    if (known(s) || !s->capture) return fake_error(1, "the stream is not captured");
    graphs.insert(*g = new Graph{std::move(*s->capture)});
    delete s->capture;
    s->capture = nullptr;
    return ready();
}
int cuGraphInstantiateWithFlags(Graph** e, Graph* g, unsigned long long) { LOCK; if (!graphs.count(g)) return fake_error(1, "no such graph"); execs.insert(*e = new Graph(*g)); return ready(); }
int cuGraphDestroy(Graph* g) { LOCK; if (!graphs.erase(g)) return fake_error(1, "no such graph"); delete g; return 0; }
int cuGraphExecDestroy(Graph* g) { LOCK; if (!execs.erase(g)) return fake_error(1, "no such executable graph"); delete g; return ready(); }
int cuGraphLaunch(Graph* g, Stream* s) {
    LOCK;
    int r = settled("launching a graph");
    if (r || (r = known(s)) || !execs.count(g)) return r ? r : fake_error(1, "no such executable graph");
    for (auto& t : g->tasks) s->tasks.push_back(t);
    return 0;
}
}
