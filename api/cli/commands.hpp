#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The program's commands beside `serve`. Each prints what it found on standard output, problems on
/// standard error, and returns the exit code (api.md, "Starting, and the command line").
namespace pakashop::cli {

/// Applies the migrations that are missing, and names them.
int migrate();

struct NewUser {
    std::vector<std::string> roles;
    std::string email;
    std::string phone;
    std::string name;
    std::string password;
};
/// Makes a person with roles: through the running server, or on the log itself when none runs.
/// Prints `{userId, totpSecret?, otpauthUri?}` and nothing else.
int create_user(const NewUser& user);

struct LogCreation {
    std::string log;         ///< kafka://HOST:PORT,…; that of PAKASHOP_LOG when empty.
    std::string generation;  ///< That of PAKASHOP_GENERATION when empty.
    std::string partitions;  ///< How many; PAKASHOP_PARTITIONS says so when empty.
};
/// Makes the topic of a new log on Kafka, as safe as its brokers allow (architecture 2.6).
int create_log(const LogCreation& wanted);

struct LogCopyOrder {
    std::string log;                          ///< The source; that of PAKASHOP_LOG when empty.
    std::string to;                           ///< kafka://HOST:PORT,…
    std::string generation;                   ///< The source's own when empty.
    std::optional<std::uint32_t> partitions;  ///< As many as the source when absent.
    bool allow_weak_topic = false;
    std::uint64_t rate = 0;  ///< Records a second at most; 0: as fast as it goes.
};
/// Carries a log and the keys of its personal data over to Kafka, proved by the chain, then seals
/// the source: byte by byte, or into a new generation of more partitions (architecture 2.1, 2.6).
/// Repeated after it was broken off, it goes on where it stopped.
int copy_log(const LogCopyOrder& order);

/// Proves the whole log from its genesis, and its witness if one lies beside it; needs no server
/// and no key. Says exactly where the first thing wrong lies.
int verify_log(const std::string& directory);

struct LogSelection {
    std::string directory;
    std::optional<std::uint16_t> partition;  ///< All, when absent.
    std::uint64_t from = 0;                  ///< The first position shown, of each partition.
    std::uint64_t limit = UINT64_MAX;        ///< Records in all.
    std::string key;                         ///< Of this partition key only.
    bool json = false;                       ///< One JSON object a record.
};
/// Prints records as they are stored; personal fields stay ciphertext.
int show_log(const LogSelection& selection);

struct Explanation {
    std::string directory;
    std::string order;
    bool personal = false;  ///< Opens personal fields; needs PERSONAL_DATA_KEY_FILE.
};
/// Prints an order's life as a timeline with causes and hashes, to its shops' payouts.
int explain(const Explanation& wanted);

/// Builds a read model anew beside the live one and compares (`swap`: takes its place).
int rebuild(const std::string& name, bool swap);
/// Prints the names of the read models, one a line.
int list_read_models();

}  // namespace pakashop::cli
