"""To and from XLSForm, the workbook from which ODK and KoboToolbox make their forms.

`write_xlsform` gives the workbook of a pack, `read_xlsform` the files of a pack from any such workbook. Both say in
plain sentences what did not come along.
"""

from questionnaires.xlsform.findings import Finding
from questionnaires.xlsform.reading import XlsformResult, read_xlsform
from questionnaires.xlsform.writing import write_xlsform

__all__ = ["Finding", "XlsformResult", "read_xlsform", "write_xlsform"]
