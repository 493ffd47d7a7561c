/* A PKCS #11 module around another one (P11_REAL) that fails on demand: tokens pulled out, sessions lost, PINs locked.
 *
 * The file P11_FAULTS says what to do, one rule a line; P11_LOG gets the name of every call that is watched.
 *   fail NAME RV SKIP COUNT    the call NAME answers RV (hexadecimal), after SKIP good calls, COUNT times
 *   flags HEX                  these token flags are set
 *   hide HEX                   this mechanism is not offered
 *   serial TEXT                the token's serial number
 *   absent                     no slot holds a token
 *   keypad PIN                 a login without PIN is one with this PIN
 *   flip                       a bit of every signature is wrong
 *   short                      every signature lacks its last byte
 * Counting starts again when the file changes. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long ulong_t;
typedef unsigned char byte_t;
typedef ulong_t (*call_t)();

enum { GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISM_LIST = 7, OPEN_SESSION = 12,
       CLOSE_SESSION = 13, LOGIN = 18, LOGOUT = 19, FIND_OBJECTS_INIT = 26, SIGN_INIT = 42, SIGN = 43, CALLS = 68 };
struct list { byte_t major, minor; call_t call[CALLS]; };
struct token { char label[32], manufacturer[32], model[16], serial[16]; ulong_t flags; };

static struct list *real, mine;
static char rules[4096];
static int calls[CALLS];

static void read_rules(void) {
  static char fresh[sizeof rules];
  const char *path = getenv("P11_FAULTS");
  FILE *file = path ? fopen(path, "r") : NULL;
  size_t n = file ? fread(fresh, 1, sizeof fresh - 1, file) : 0;
  fresh[n] = 0;
  if (file) fclose(file);
  if (strcmp(fresh, rules)) {
    strcpy(rules, fresh);
    memset(calls, 0, sizeof calls);
  }
}

/* The rest of the next line that starts with `word`, from `from` on. */
static const char *rule(const char *word, const char *from) {
  size_t n = strlen(word);
  for (const char *line = from; line && *line; line = strchr(line, '\n'), line += line != NULL)
    if (!strncmp(line, word, n) && (line[n] == ' ' || line[n] == '\n' || !line[n])) return line + n;
  return NULL;
}

static ulong_t watched(const char *name, int index) {
  const char *path = getenv("P11_LOG");
  FILE *log = path ? fopen(path, "a") : NULL;
  if (log) { fprintf(log, "%s\n", name); fclose(log); }
  read_rules();
  for (const char *line = rule("fail", rules); line; line = rule("fail", line)) {
    char call[32]; ulong_t rv; int skip, count;
    if (sscanf(line, "%31s %lx %d %d", call, &rv, &skip, &count) != 4 || strcmp(call, name)) continue;
    int turn = calls[index]++;
    if (turn >= skip && turn < skip + count) return rv;
  }
  return 0;
}

static ulong_t get_slot_list(byte_t present, ulong_t *slots, ulong_t *count) {
  read_rules();
  if (present && rule("absent", rules)) { *count = 0; return 0; }
  return real->call[GET_SLOT_LIST]((int)present, slots, count);
}

static ulong_t get_token_info(ulong_t slot, struct token *info) {
  read_rules();
  if (rule("absent", rules)) return 0xE0;
  ulong_t rv = real->call[GET_TOKEN_INFO](slot, info);
  const char *flags = rule("flags", rules), *serial = rule("serial", rules);
  if (!rv && flags) info->flags |= strtoul(flags, NULL, 16);
  if (!rv && serial) {
    memset(info->serial, ' ', 16);
    memcpy(info->serial, serial + 1, strcspn(serial + 1, "\n"));
  }
  return rv;
}

static ulong_t get_mechanism_list(ulong_t slot, ulong_t *list, ulong_t *count) {
  ulong_t all[1024], n = 1024, kept = 0, rv = real->call[GET_MECHANISM_LIST](slot, all, &n);
  read_rules();
  if (rv) return rv;
  for (ulong_t i = 0; i < n; i++) {
    int hidden = 0;
    for (const char *h = rule("hide", rules); h; h = rule("hide", h)) hidden |= strtoul(h, NULL, 16) == all[i];
    if (!hidden) all[kept++] = all[i];
  }
  if (list) memcpy(list, all, kept * sizeof *list);
  *count = kept;
  return 0;
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *app, void *notify, ulong_t *session) {
  ulong_t rv = watched("C_OpenSession", OPEN_SESSION);
  return rv ? rv : real->call[OPEN_SESSION](slot, flags, app, notify, session);
}

static ulong_t close_session(ulong_t session) {
  ulong_t rv = watched("C_CloseSession", CLOSE_SESSION);
  return rv ? rv : real->call[CLOSE_SESSION](session);
}

static ulong_t login(ulong_t session, ulong_t user, const char *pin, ulong_t length) {
  ulong_t rv = watched("C_Login", LOGIN);
  const char *keypad = rule("keypad", rules);
  if (rv) return rv;
  if (!pin && keypad) { pin = keypad + 1; length = strcspn(pin, "\n"); }
  return real->call[LOGIN](session, user, pin, length);
}

static ulong_t logout(ulong_t session) {
  ulong_t rv = watched("C_Logout", LOGOUT);
  return rv ? rv : real->call[LOGOUT](session);
}

static ulong_t find_objects_init(ulong_t session, void *template, ulong_t count) {
  ulong_t rv = watched("C_FindObjectsInit", FIND_OBJECTS_INIT);
  return rv ? rv : real->call[FIND_OBJECTS_INIT](session, template, count);
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
  ulong_t rv = watched("C_SignInit", SIGN_INIT);
  return rv ? rv : real->call[SIGN_INIT](session, mechanism, key);
}

static ulong_t sign(ulong_t session, byte_t *data, ulong_t n, byte_t *value, ulong_t *length) {
  ulong_t forced = value ? watched("C_Sign", SIGN) : 0, rv = real->call[SIGN](session, data, n, value, length);
  if (forced) return forced; /* the operation has ended, as it does when C_Sign fails */
  if (!rv && value && rule("flip", rules)) value[*length / 2] ^= 1;
  if (!rv && value && rule("short", rules)) --*length;
  return rv;
}

ulong_t C_GetFunctionList(struct list **list) {
  if (!real) {
    void *library = dlopen(getenv("P11_REAL"), RTLD_NOW | RTLD_LOCAL);
    ulong_t (*get)(struct list **) = library ? (ulong_t (*)(struct list **))dlsym(library, "C_GetFunctionList") : NULL;
    if (!get || get(&real)) return 5;
    mine = *real;
    mine.call[GET_FUNCTION_LIST] = (call_t)C_GetFunctionList;
    mine.call[GET_SLOT_LIST] = (call_t)get_slot_list;
    mine.call[GET_TOKEN_INFO] = (call_t)get_token_info;
    mine.call[GET_MECHANISM_LIST] = (call_t)get_mechanism_list;
    mine.call[OPEN_SESSION] = (call_t)open_session;
    mine.call[CLOSE_SESSION] = (call_t)close_session;
    mine.call[LOGIN] = (call_t)login;
    mine.call[LOGOUT] = (call_t)logout;
    mine.call[FIND_OBJECTS_INIT] = (call_t)find_objects_init;
    mine.call[SIGN_INIT] = (call_t)sign_init;
    mine.call[SIGN] = (call_t)sign;
  }
  *list = &mine;
  return 0;
}
