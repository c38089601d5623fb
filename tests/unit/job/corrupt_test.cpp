#include <functional>
#include <random>

#include "mproc/job/series.hpp"
#include "support.hpp"
#include "support/sanitized.hpp"
#include "support/zip_archive.hpp"

namespace mproc::job {
namespace {

/// Every prefix of `good`, every bit of it flipped (one of each byte where that is slow), and random bytes in
/// place of some: `read` gives a result or a UserError of one line, and nothing else.
void only_user_errors(const std::string& good, const std::function<void(const std::string&)>& read) {
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& text) {
    try {
      read(text);
    } catch (const base::UserError& e) {
      ++refused;
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
    } catch (const std::exception& e) {
      FAIL() << "not a UserError: " << e.what();
    }
  };
  attempt(good);
  EXPECT_EQ(refused, 0u);
  for (std::size_t n = 0; n < good.size(); ++n) attempt(good.substr(0, n));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (std::size_t bit = testing::sanitized ? i % 8 : 0; bit < 8; bit += testing::sanitized ? 8 : 1) {
      std::string text = good;
      text[i] = static_cast<char>(text[i] ^ 1 << bit);
      attempt(text);
    }
  }
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text = good;
    for (int n = 0; n < 3; ++n) text[random() % text.size()] = static_cast<char>(random());
    text.erase(random() % text.size(), random() % 5);
    attempt(text);
  }
  EXPECT_GT(refused, 0u);
}

TEST(Corrupt, toml_job_files_give_user_errors_only) {
  Folder folder;
  const std::string good =
      "name = \"s\"\nseed = 4_2\n[task]\nfunction = 'm:f'\nargs = { t = 1e-6, d = 2026-01-02T03:04:05Z }\n"
      "[items.grid]\na.range = [1, 0x1f, 2]\nb = [nan, -inf, \"\\u00e9\", '''x\ny''']\n"
      "[run]\ngrace = '1m'\nmax-failures = '5%'\n";
  only_user_errors(good, [&](const std::string& text) {
    const auto source = make_item_source(job_from(folder, text));
    ItemBatch batch;
    source->read(batch, 10, 1000);
  });
}

TEST(Corrupt, json_job_files_give_user_errors_only) {
  Folder folder;
  only_user_errors(R"({"name": "s", "seed": 42, "task": {"command": ["a", "{x}", "{{"], "cpus": 1},
 "items": {"zip": {"x": [1, 2.5e3, "\u00e9", null], "y": {"linspace": [0, 1, 4]}}}, "run": {"env": {"A": 1}}})",
                   [&](const std::string& text) {
                     const auto source =
                         make_item_source(read_job(Document::parse_json(text, "j.json", folder.path())));
                     ItemBatch batch;
                     source->read(batch, 10, 1000);
                   });
}

void from_file(const std::string& good, const std::string& kind) {
  Folder folder;
  const auto document =
      Document::parse_toml("[task]\nfunction = 'f'\n[items]\n" + kind + " = 'x'\n", "j.toml", folder.path());
  only_user_errors(good, [&](const std::string& text) {
    folder.write("x", text);
    const auto source = make_item_source(read_job(document));
    ItemBatch batch;
    while (batch.count() < 1000 && source->read(batch, 100, 1000)) {
    }
    source->seek(0);
    ItemBatch first;
    EXPECT_TRUE(source->read(first, 1, 1));
  });
}

TEST(Corrupt, csv_files_give_user_errors_only) {
  from_file("\xef\xbb\xbfyear,ok,\"na\"\"me\"\r\n1,true,\"x\r\ny\"\r\n,,\n-2.5,false,\xc3\xa9\n", "csv");
}

TEST(Corrupt, jsonl_files_give_user_errors_only) {
  from_file("{\"a\": [1, {\"b\": null}], \"c\": \"\\u00e9\"}\n\n99999999999999999999\n[true, -1.5e3]\n",
            "jsonl");
}

TEST(Corrupt, text_files_give_user_errors_only) {
  from_file("one\r\n\xc3\xa9\xf0\x9f\x98\x80\n\nlast", "lines");
}

TEST(Corrupt, npy_files_give_user_errors_only) {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n";
  from_file(std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header +
                std::string(24, '\x3f'),
            "npy");
  const std::string text = "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }\n";
  from_file(std::string("\x93NUMPY\x02\0", 8) + static_cast<char>(text.size()) + std::string(3, '\0') + text +
                std::string("a\0\0\0b\0\0\0c\0\0\0\0\0\0\0", 16),
            "npy");
}

TEST(Corrupt, npz_files_give_user_errors_only) {
  for (const auto& kind : {testing::ZipKind{.deflated = true}, testing::ZipKind{.large = true}}) {
    Folder folder;
    const auto document = Document::parse_toml(
        "[task]\nfunction = 'f'\n[items]\nrange = 1\n[data]\nX = 'x.npz:X'\n", "j.toml", folder.path());
    only_user_errors(testing::zip_archive({{"X.npy", npy("<i2", "(2,)", "abcd")}}, kind),
                     [&](const std::string& text) {
                       folder.write("x.npz", text);
                       const Job job = read_job(document);
                       read_elements(job.data.at(0), [](base::ByteView) {});
                     });
  }
}

TEST(Corrupt, series_give_user_errors_only) {
  Folder folder;
  only_user_errors(
      "\xef\xbb\xbfid,k,t,x\r\na,p,2026-01-02,1\n\"b "
      "\"\"\",q,2026-01-01T00:00:00.5+01:00,nan\na,p,2026-01-01,\n",
      [&](const std::string& text) {
        folder.write("x.csv", text);
        const auto reader = sort_series({folder / "x.csv", "id", "t", "k", {}, false}, folder.path(), 64);
        SeriesGroup group;
        while (reader->next(group)) {
        }
      });
}

}  // namespace
}  // namespace mproc::job
