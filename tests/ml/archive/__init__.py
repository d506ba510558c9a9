"""Modules without a test file of their own name.

`decompressors` is tested in test_unpack, because a member is what they unpack. `headers` and
`writer` are tested in test_export and test_conversion, by the zips that they write; so are `tars`,
`with_libarchive` and `new_member`, by the archives that they read. `contents` is an interface,
whose two kinds are tested in test_folder_contents and, for `zip_contents`, in test_reader;
`exported_zip` is tested in test_export and test_folder_export.
"""
