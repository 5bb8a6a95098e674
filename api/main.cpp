#include <exception>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/system/json_log.hpp"
#include "api/cli/commands.hpp"
#include "api/compose.hpp"
#include "events/kernel/require.hpp"

namespace {

using namespace pakashop;

/// What the command line asked for, and how it is done.
struct Asked {
    std::vector<std::string> roles;
    cli::NewUser person;
    bool from_stdin = false;  ///< The only way to hand a password over.
    std::string log;
    std::string node;
    bool allow_weak_topic = false;
    cli::LogSelection selection;
    cli::LogCreation creation;
    cli::LogCopyOrder copy;
    std::string read_model;
    bool list = false;
    bool check = false;  ///< Also without saying so.
    bool swap = false;
    cli::Explanation explanation;
    std::string_view log_level = "error";
    std::function<int()> run;
};

const std::vector<std::string>
    role_names{"api", "commands", "projections", "reactors", "scheduler", "egress"};
constexpr const char* default_log = "The log's directory; that of PAKASHOP_LOG by default.";

int serve(const Asked& asked) {
    // What the command line says wins over the environment.
    if (!asked.log.empty()) ::setenv("PAKASHOP_LOG", asked.log.c_str(), 1);
    if (!asked.node.empty()) ::setenv("PAKASHOP_NODE", asked.node.c_str(), 1);
    if (asked.allow_weak_topic) ::setenv("PAKASHOP_ALLOW_WEAK_TOPIC", "on", 1);
    auto config = api::read_config(api::process_environment);
    if (!config) {
        for (const std::string& wrong : config.error()) fmt::print(stderr, "{}\n", wrong);
        return api::exit_refuses;
    }
    config->roles = asked.roles;
    return api::serve(*config);
}

CLI::App* add(CLI::App& parent, const char* name, const char* what, const char* example) {
    CLI::App* command = parent.add_subcommand(name, what);
    command->footer(fmt::format("Example:\n  {}", example));
    return command;
}

void add_serve(CLI::App& app, Asked& asked) {
    auto* command =
        add(app,
            "serve",
            "Runs the server until SIGTERM or SIGINT; requests under way are answered first.",
            "set -a; . var/server.env; set +a; pakashop serve --roles api,commands,projections");
    command->add_option("--roles", asked.roles, "What this process does; everything by default.")
        ->delimiter(',')
        ->check(CLI::IsMember(role_names));
    command->add_option("--log", asked.log, "As PAKASHOP_LOG: kafka://HOST:PORT,… for a cluster.");
    command->add_option("--node", asked.node, "As PAKASHOP_NODE: this node's name in a cluster.");
    command->add_flag("--allow-weak-topic", asked.allow_weak_topic)
        ->description("For development: takes a topic that one machine's fault may cut.");
    command->callback([&asked] {
        asked.log_level = "info";
        asked.run = [&asked] { return serve(asked); };
    });
}

void add_migrate(CLI::App& app, Asked& asked) {
    auto* command =
        add(app,
            "migrate",
            "Brings PostgreSQL's schema to what this program needs.",
            "DATABASE_URL=postgresql:///pakashop pakashop migrate");
    command->callback([&asked] { asked.run = cli::migrate; });
}

void add_user(CLI::App& app, Asked& asked) {
    auto* user = app.add_subcommand("user", "People who do not register themselves.");
    user->footer("Example:\n  pakashop user create --help");
    user->require_subcommand(1);
    auto* command = add(
        *user,
        "create",
        "Registers a person with roles, through the server if one runs; prints JSON.",
        "echo 'a-long-password' | pakashop user create --role PLATFORM_ADMIN\n"
        "    --email chanda@pakashop.example --phone +260970000001 --name Chanda --password-stdin"
    );
    command->add_option("--role", asked.person.roles, "PLATFORM_ADMIN, …; repeatable.");
    command->add_option("--email", asked.person.email, "The address to log in with.")->required();
    command->add_option("--phone", asked.person.phone, "E.164: +260…")->required();
    command->add_option("--name", asked.person.name, "How people call them.")->required();
    command->add_flag("--password-stdin")
        ->description("Read the password from standard input.")
        ->required();
    command->callback([&asked] {
        asked.run = [&asked] {
            std::getline(std::cin, asked.person.password);
            return cli::create_user(asked.person);
        };
    });
}

void add_log_verify(CLI::App& log, Asked& asked) {
    auto* command = add(
        log,
        "verify",
        "Proves the whole log from its first record, and its witness. Needs no server and no key.",
        "pakashop log verify /backup/log"
    );
    command->add_option("DIR", asked.log, default_log);
    command->callback([&asked] { asked.run = [&asked] { return cli::verify_log(asked.log); }; });
}

void add_log_show(CLI::App& log, Asked& asked) {
    auto* command =
        add(log,
            "show",
            "Prints records as they are stored; personal fields stay ciphertext.",
            "pakashop log show --partition 3 --from 120 --limit 10 --json");
    command->add_option("DIR", asked.selection.directory, default_log);
    command->add_option("--partition", asked.selection.partition, "This one only.");
    command->add_option("--from", asked.selection.from, "The first position, of each partition.");
    command->add_option("--limit", asked.selection.limit, "So many records in all.");
    command->add_option("--key", asked.selection.key, "Of this partition key only: an order's id.");
    command->add_flag("--json", asked.selection.json, "One JSON object a record.");
    command->callback([&asked] { asked.run = [&asked] { return cli::show_log(asked.selection); }; }
    );
}

void add_log_create(CLI::App& log, Asked& asked) {
    auto* command =
        add(log,
            "create",
            "Makes the topic of a new log on Kafka; PAKASHOP_PARTITIONS says how many partitions.",
            "pakashop log create --log kafka://127.0.0.1:9092");
    cli::LogCreation& wanted = asked.creation;
    command->add_option("--log", wanted.log, "kafka://HOST:PORT,…; PAKASHOP_LOG by default.");
    command->add_option("--generation", wanted.generation, "As PAKASHOP_GENERATION: its name.");
    command->add_option("--partitions", wanted.partitions, "As PAKASHOP_PARTITIONS.");
    command->callback([&asked] { asked.run = [&asked] { return cli::create_log(asked.creation); }; }
    );
}

void add_log_copy(CLI::App& log, Asked& asked) {
    cli::LogCopyOrder& order = asked.copy;
    auto* command = add(
        log,
        "copy",
        "Carries the log and the keys of personal data to Kafka, and seals the source for good.\n"
        "Without --partitions every record lies there as it is; with more of them, a multiple, it\n"
        "begins a new generation. Stop the servers first. Broken off, run it again.",
        "pakashop log copy --to kafka://10.0.0.1:9092,10.0.0.2:9092"
    );
    command->add_option("--log", order.log, "The source; PAKASHOP_LOG by default.");
    command->add_option("--to", order.to, "kafka://HOST:PORT,…; `log create` makes its topics.")
        ->required();
    command->add_option("--generation", order.generation, "The new log's name: pakashop-2.");
    command->add_option("--partitions", order.partitions, "A multiple of the source's number.");
    command->add_flag("--allow-weak-topic", order.allow_weak_topic)
        ->description("For development: takes a topic that one machine's fault may cut.");
    command->add_option("--rate", order.rate, "Records a second at most; as fast as it goes else.");
    command->callback([&asked] { asked.run = [&asked] { return cli::copy_log(asked.copy); }; });
}

void add_log(CLI::App& app, Asked& asked) {
    auto* log = app.add_subcommand("log", "Makes, copies and looks at the log.");
    log->footer("Example:\n  pakashop log verify");
    log->require_subcommand(1);
    add_log_create(*log, asked);
    add_log_copy(*log, asked);
    add_log_verify(*log, asked);
    add_log_show(*log, asked);
}

void add_rebuild(CLI::App& app, Asked& asked) {
    auto* command =
        add(app,
            "rebuild",
            "Builds a read model again from the log, beside the live one.",
            "pakashop rebuild orders --check");
    auto* named = command->add_option("NAME", asked.read_model, "The read model.");
    auto* listed = command->add_flag("--list", asked.list, "Prints the names of all, one a line.");
    auto* checked =
        command->add_flag("--check")->description("Compares with the live one; 0 if equal.");
    command->add_flag("--swap", asked.swap, "Takes its place.")->excludes(checked);
    named->excludes(listed);
    command->callback([&asked, named] {
        if (!asked.list && named->empty()) throw CLI::RequiredError("NAME or --list");
        asked.run = [&asked] {
            return asked.list ? cli::list_read_models()
                              : cli::rebuild(asked.read_model, asked.swap);
        };
    });
}

void add_explain(CLI::App& app, Asked& asked) {
    auto* command =
        add(app,
            "explain",
            "An order's life as a timeline: what happened, who did it, what caused it.",
            "pakashop explain ord_4k0x7m2n9q8r5t3v1w6y0z2b4d --personal");
    command->add_option("ORDER", asked.explanation.order, "The order's id.")->required();
    command->add_option("--log", asked.explanation.directory, default_log);
    command->add_flag("--personal", asked.explanation.personal, "Shows personal fields as well.");
    command->callback([&asked] { asked.run = [&asked] { return cli::explain(asked.explanation); }; }
    );
}

// What a command did not expect ends here, with the code that fits best. Its own output is for
// programs to read, so nothing else may come between.
int run_guarded(const Asked& asked) {
    start_json_log(asked.log_level);
    try {
        return asked.run();
    } catch (const CorruptStream& damage) {
        fmt::print(stderr, "pakashop: damaged data: {}\n", damage.what());
        return api::exit_bad_data;
    } catch (const std::exception& problem) {
        fmt::print(stderr, "pakashop: {}\n", problem.what());
        return api::exit_try_again;
    }
}

}  // namespace

int main(int argc, char** argv) {
    Asked asked;
    CLI::App app{"Pakashop: a marketplace whose truth is one log of facts.", "pakashop"};
    app.require_subcommand(1);
    app.footer(
        "Settings come from the environment; NAME_FILE reads a secret from a file:\n" +
        api::describe_config()
    );
    add_serve(app, asked);
    add_migrate(app, asked);
    add_user(app, asked);
    add_log(app, asked);
    add_rebuild(app, asked);
    add_explain(app, asked);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? api::exit_done : api::exit_usage;
    }
    return run_guarded(asked);
}
